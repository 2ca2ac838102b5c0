#include "experiments/look/theory.hpp"

#include <cmath>

#include "framework/nn/layer_table.hpp"
#include "init/init.hpp"

namespace fanin {
namespace {

// The activations of a model by their paths.
std::map<std::string, init::PointwiseActivation> activations_of(Module& model) {
  std::map<std::string, init::PointwiseActivation> result;
  for (const auto& [path, layer] : model.named_modules())
    if (auto activation = init::activation_of(*layer)) result.emplace(path, *activation);
  return result;
}

}  // namespace

std::map<std::string, Sigmas> sigmas_of(Module& model,
                                        const std::vector<Expectation>& expectations) {
  std::map<std::string, const Expectation*> expected;
  for (const Expectation& expectation : expectations) expected[expectation.path] = &expectation;
  std::map<std::string, Sigmas> result;
  for (const auto& [path, layer] : model.named_modules()) {
    if (kind_of(*layer) != LayerKind::affine) continue;
    std::optional<double> weight;
    double bias = 0;
    bool known = true;
    for (const auto& [name, tensor] : layer->named_parameters()) {
      const auto found = expected.find(path.empty() ? name : path + "." + name);
      const Expectation* e = found == expected.end() ? nullptr : found->second;
      known = known && e && e->random && !std::isnan(e->std);
      if (!known) break;
      if (name == "bias") bias = e->std;
      if (name != "weight") continue;
      const double error = e->std / std::sqrt(static_cast<double>(tensor.size()));
      known = std::abs(Spread(tensor.value()).mean) <= 5 * error;  // the theory assumes mean 0
      weight = e->std * std::sqrt(static_cast<double>(init::calculate_fans(tensor.shape()).in));
    }
    if (known && weight) result[path] = {*weight, bias};
  }
  return result;
}

void predict_spreads(std::vector<LayerSignal>& signals, Module& model,
                     const std::vector<Expectation>& expectations) {
  const auto activations = activations_of(model);
  const auto all_sigmas = sigmas_of(model, expectations);
  std::optional<double> q;
  bool begun = false;
  for (LayerSignal& layer : signals) {
    if (layer.weighted && !begun) q = layer.input_square, begun = true;
    const auto sigmas = all_sigmas.find(layer.path);
    const auto activation = activations.find(layer.path);
    if (!q) continue;
    if (sigmas != all_sigmas.end()) {
      q = sigmas->second.through(*q);
      layer.expected_std = std::sqrt(*q);
    } else if (activation != activations.end()) {
      q = init::MeanField{activation->second, 1, 0}.variance(*q);
    } else if (layer.type.starts_with("BatchNorm")) {
      q = 1;
    } else if (layer.type != "Flatten" && layer.type != "ZeroPad2d") {
      q.reset();
    }
  }
}

std::optional<init::FixedPoint> fixed_point_of(const std::vector<LayerSignal>& signals,
                                               Module& model,
                                               const std::vector<Expectation>& expectations) {
  constexpr double alike = 1e-3;
  const auto activations = activations_of(model);
  const auto all_sigmas = sigmas_of(model, expectations);
  std::optional<Sigmas> all;
  std::optional<std::string> type;  // of the activations
  const init::PointwiseActivation* activation = nullptr;
  std::size_t layers = 0;
  for (const LayerSignal& layer : signals) {
    if (const auto one = activations.find(layer.path); one != activations.end()) {
      if (type.value_or(layer.type) != layer.type) return std::nullopt;
      type = layer.type, activation = &one->second;
    } else if (const auto sigmas = all_sigmas.find(layer.path);
               sigmas != all_sigmas.end() && layer.type == "Linear") {
      if (!activation) continue;                    // layers before the first activation may differ
      const bool last = &layer == &signals.back();  // so may the last
      if (all && std::abs(all->w - sigmas->second.w) > alike * all->w && !last) return std::nullopt;
      if (!all) all = sigmas->second;
      ++layers;
    } else if (layer.type != "Flatten") {
      return std::nullopt;
    }
  }
  if (!all || !activation || layers < 2) return std::nullopt;
  return init::fixed_point({*activation, all->w, all->b});
}

}  // namespace fanin
