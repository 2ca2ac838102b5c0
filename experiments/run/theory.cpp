#include "experiments/run/theory.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include "init/init.hpp"

namespace fanin {
namespace {

// What an init promises of a Linear's or convolution's numbers, in mean-field theory's terms.
struct Sigmas {
  double w, b;
};

std::optional<Sigmas> sigmas_of(const LayerSignal& layer, Module& model,
                                const std::vector<Expectation>& expectations) {
  if (layer.type != "Linear" && !layer.type.starts_with("Conv")) return std::nullopt;
  std::optional<double> weight, bias;
  for (const auto& [path, tensor] : model.named_parameters()) {
    const std::string prefix = layer.path.empty() ? "" : layer.path + ".";
    if (path != prefix + "weight" && path != prefix + "bias") continue;
    const auto expected = std::ranges::find(expectations, path, &Expectation::path);
    if (expected == expectations.end() || !expected->random || std::isnan(expected->std))
      return std::nullopt;
    if (path == prefix + "bias") {
      bias = expected->std;
      continue;
    }
    const Spread spread(tensor.value());
    const double error = expected->std / std::sqrt(static_cast<double>(tensor.size()));
    if (std::abs(spread.mean) > 5 * error) return std::nullopt;  // the theory is of mean 0
    const auto fan_in = static_cast<double>(init::calculate_fans(tensor.shape()).in);
    weight = expected->std * std::sqrt(fan_in);
  }
  if (!weight) return std::nullopt;
  return Sigmas{*weight, bias.value_or(0)};
}

// The activations of a model by their paths.
std::map<std::string, init::PointwiseActivation> activations_of(Module& model) {
  std::map<std::string, init::PointwiseActivation> result;
  for (const auto& [path, layer] : model.named_modules())
    if (auto activation = init::activation_of(*layer)) result.emplace(path, *activation);
  return result;
}

}  // namespace

void predict_spreads(std::vector<LayerSignal>& signals, Module& model,
                     const std::vector<Expectation>& expectations) {
  const auto activations = activations_of(model);
  std::optional<double> q;
  bool begun = false;
  for (LayerSignal& layer : signals) {
    if (layer.weighted && !begun) q = layer.input_square, begun = true;
    const auto sigmas = sigmas_of(layer, model, expectations);
    const auto activation = activations.find(layer.path);
    if (!q) continue;
    if (sigmas) {
      q = sigmas->w * sigmas->w * *q + sigmas->b * sigmas->b;
      layer.expected_std = std::sqrt(*q);
    } else if (activation != activations.end()) {
      q = init::MeanField{activation->second, 1, 0}.variance(*q);
    } else if (layer.type.starts_with("BatchNorm")) {
      q = 1;
    } else if (layer.type != "Flatten") {
      q.reset();
    }
  }
}

std::optional<init::FixedPoint> fixed_point_of(const std::vector<LayerSignal>& signals,
                                               Module& model,
                                               const std::vector<Expectation>& expectations) {
  constexpr double alike = 1e-3;
  const auto activations = activations_of(model);
  std::optional<Sigmas> all;
  std::optional<std::string> type;  // of the activations
  const init::PointwiseActivation* activation = nullptr;
  std::size_t layers = 0;
  for (const LayerSignal& layer : signals) {
    if (const auto one = activations.find(layer.path); one != activations.end()) {
      if (type.value_or(layer.type) != layer.type) return std::nullopt;
      type = layer.type, activation = &one->second;
    } else if (const auto sigmas = sigmas_of(layer, model, expectations);
               sigmas && layer.type == "Linear") {
      if (!activation) continue;  // what comes before the first activation may be otherwise
      const bool last = &layer == &signals.back();  // and what gives the logits
      if (all && std::abs(all->w - sigmas->w) > alike * all->w && !last) return std::nullopt;
      if (!all) all = sigmas;
      ++layers;
    } else if (layer.type != "Flatten") {
      return std::nullopt;
    }
  }
  if (!all || !activation || layers < 2) return std::nullopt;
  return init::fixed_point({*activation, all->w, all->b});
}

}  // namespace fanin
