#include "experiments/run/diagnostics.hpp"

#include <cmath>

#include "experiments/look/layer_signal.hpp"

namespace fanin {

Diagnostics::Diagnostics(Module& model, Batch images, std::size_t every, RunLog& log,
                         std::vector<Expectation> expectations, const Loss& loss)
    : model_(model),
      images_(std::move(images)),
      every_(every),
      log_(log),
      expectations_(std::move(expectations)),
      loss_(loss) {}

void Diagnostics::before_step(std::size_t steps_done) {
  if (every_ == 0 ? steps_done > 0 : steps_done % every_ != 0) return;
  look(steps_done);
  for (const auto& [path, layer] : model_.named_modules())
    for (const Tensor& weight : matrices(*layer))
      weights_[path].emplace_back(weight, weight.value().clone());
}

void Diagnostics::after_step() {
  if (pending_.layers.empty()) return;
  for (LayerSignal& layer : pending_.layers) {
    const auto weights = weights_.find(layer.path);
    if (weights == weights_.end()) continue;
    double square = 0;
    for (const auto& [tensor, before] : weights->second)
      for (std::size_t i = 0; i < before.size(); ++i)
        square += std::pow(tensor.value().data()[i] - before.data()[i], 2);
    layer.update_norm = std::sqrt(square);
  }
  log_.add(pending_);
  pending_ = {};
  weights_.clear();
}

void Diagnostics::finish(std::size_t steps_done) {
  look(steps_done);
  after_step();  // only logs, because no update follows
}

void Diagnostics::look(std::size_t steps_done) {
  pending_ = {steps_done, measure_signals(model_, images_.images, images_.labels, loss_), {}};
  if (steps_done > 0) return;
  predict_spreads(pending_.layers, model_, expectations_);
  if (const auto end = fixed_point_of(pending_.layers, model_, expectations_))
    pending_.depth_scale = end->xi_c;
}

}  // namespace fanin
