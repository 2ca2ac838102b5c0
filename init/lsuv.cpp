#include "init/lsuv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "framework/core/error.hpp"

namespace fanin::init {
namespace {

// Puts a model's buffers, counters and mode back as they were.
class KeepAllButParameters {
 public:
  explicit KeepAllButParameters(Module& model)
      : model_(model), training_(model.training()), counters_(model.counters()) {
    std::set<const Real*> parameters;  // by memory: a shared layer's have several paths
    for (const Tensor& tensor : model.parameters()) parameters.insert(tensor.value().data());
    for (const auto& [path, array] : model.state_dict())
      if (!parameters.contains(array.data())) buffers_.emplace_back(array, array.clone());
  }
  ~KeepAllButParameters() {
    for (auto& [own, copy] : buffers_) std::copy(copy.begin(), copy.end(), own.begin());
    for (const auto& [path, value] : counters_) model_.set_counter(path, value);
    model_.train(training_);
  }
  KeepAllButParameters(const KeepAllButParameters&) = delete;
  KeepAllButParameters& operator=(const KeepAllButParameters&) = delete;

 private:
  Module& model_;
  bool training_;
  std::vector<std::pair<Array, Array>> buffers_;
  std::vector<std::pair<std::string, std::int64_t>> counters_;
};

double spread(const Array& x) {
  const auto n = static_cast<double>(x.size());
  double mean = 0, square = 0;
  for (const Real value : x) mean += value / n;
  for (const Real value : x) square += (value - mean) * (value - mean);
  return std::sqrt(square / n);
}

}  // namespace

bool lsuv_scales(const Module& layer) {
  return layer.type() == "Linear" || layer.type().starts_with("Conv");
}

void lsuv_(Module& model, const Array& images, double tol, std::size_t tries,
           const std::optional<std::vector<Module*>>& layers) {
  const NoGrad no_grad;
  const KeepAllButParameters keep(model);
  model.train();
  for (const auto& [path, layer] : model.named_modules()) {
    if (!lsuv_scales(*layer)) continue;
    if (layers && std::ranges::find(*layers, layer) == layers->end()) continue;
    double std = std::nan("");
    const auto hook = layer->register_forward_hook([&std](Module&, const Tensor&, const Tensor& y) {
      if (std::isnan(std)) std = spread(y.value());  // of a layer called twice, the first time
    });
    for (std::size_t done = 0;; ++done) {
      std = std::nan("");
      model(Tensor(images));
      if (std::abs(std - 1) <= tol) break;
      if (!std::isfinite(std) || std == 0 || done == tries)
        throw Error(
            fmt::format("lsuv: the output of {} {} has a standard deviation of {:.4g} after "
                        "{} tries, and cannot be brought to 1",
                        layer->type(), path, std, done));
      for (Real& weight : layer->parameter("weight")->value())
        weight = static_cast<Real>(weight / std);
    }
  }
}

}  // namespace fanin::init
