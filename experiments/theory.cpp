#include "experiments/theory.hpp"

#include <algorithm>
#include <cmath>

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

const PointwiseActivation* activation_of(const std::string& layer) {
  for (const PointwiseActivation& activation : activation_table())
    if (activation.layer == layer) return &activation;
  return nullptr;
}

}  // namespace

void predict_spreads(std::vector<LayerSignal>& signals, Module& model,
                     const std::vector<Expectation>& expectations) {
  std::optional<double> q;
  bool begun = false;
  for (LayerSignal& layer : signals) {
    if (layer.weighted && !begun) q = layer.input_square, begun = true;
    const auto sigmas = sigmas_of(layer, model, expectations);
    const PointwiseActivation* activation = activation_of(layer.type);
    if (!q) continue;
    if (sigmas) {
      q = sigmas->w * sigmas->w * *q + sigmas->b * sigmas->b;
      layer.expected_std = std::sqrt(*q);
    } else if (activation) {
      const double root = std::sqrt(*q);
      q = gaussian_mean([&](double z) { return std::pow(activation->value(root * z), 2); });
    } else if (layer.type.starts_with("BatchNorm")) {
      q = 1;
    } else if (layer.type != "Flatten") {
      q.reset();
    }
  }
}

std::optional<MeanField> mean_field_of(const std::vector<LayerSignal>& signals, Module& model,
                                       const std::vector<Expectation>& expectations) {
  std::optional<Sigmas> all;
  const PointwiseActivation* activation = nullptr;
  std::size_t layers = 0;
  for (const LayerSignal& layer : signals) {
    if (const PointwiseActivation* one = activation_of(layer.type)) {
      if (activation && activation != one) return std::nullopt;
      activation = one;
    } else if (const auto sigmas = sigmas_of(layer, model, expectations);
               sigmas && layer.type == "Linear") {
      constexpr double alike = 1e-3;
      // Layers before the first activation and the one that gives the logits may be otherwise.
      if (!activation) continue;
      if (all && std::abs(all->w - sigmas->w) > alike * all->w && &layer != &signals.back())
        return std::nullopt;
      if (!all) all = sigmas;
      ++layers;
    } else if (layer.type != "Flatten") {
      return std::nullopt;
    }
  }
  if (!all || !activation || layers < 2) return std::nullopt;
  return MeanField(*activation, all->w, all->b);
}

}  // namespace fanin
