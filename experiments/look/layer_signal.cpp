#include "experiments/look/layer_signal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "experiments/look/signals.hpp"
#include "framework/core/text.hpp"
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

std::string layers_named(std::vector<std::string> layers) {  // "layers 1, 2, 3 and 9 more"
  constexpr std::size_t most = 6;
  const std::size_t more = layers.size() > most ? layers.size() - most : 0;
  layers.resize(layers.size() - more);
  return (layers.size() > 1 ? "layers " : "layer ") + join(layers, ", ") +
         (more > 0 ? fmt::format(" and {} more", more) : "");
}

}  // namespace

std::pair<std::size_t, std::size_t> hidden_units(const LayerSignals& look) {
  std::size_t units = 0, distinct = 0, last_units = 0, last_distinct = 0;
  for (const LayerSignal& layer : look.layers) {
    if (layer.units == 0) continue;
    units += last_units, distinct += last_distinct;
    last_units = layer.units, last_distinct = layer.distinct;
  }
  return {units, distinct};
}

std::optional<double> distinct_share(const LayerSignals& look) {
  if (look.distinct) return look.distinct;
  const auto [units, distinct] = hidden_units(look);
  if (units == 0) return std::nullopt;
  return static_cast<double>(distinct) / static_cast<double>(units);
}

std::vector<std::size_t> layer_numbers(const std::vector<LayerSignal>& signals) {
  std::vector<std::size_t> numbers;
  std::size_t number = 0;
  for (const LayerSignal& s : signals) numbers.push_back(number += s.weighted);
  return numbers;
}

std::string layer_name(std::size_t number, const std::string& path) {
  const bool named = path.find_first_not_of("0123456789.") != std::string::npos;
  return named ? path : fmt::format("layer {}", number);
}

std::string to_string(const NotFinite& place) {
  const std::string of = place.layer.empty() ? "" : " of " + place.layer;
  return fmt::format("after {} steps, first in the {}{}", place.steps, place.what, of);
}

bool gradient_is_lost(const LayerSignal& layer) {
  constexpr double half_rounding = std::numeric_limits<Real>::epsilon() / 2;
  return layer.weighted && layer.weight_gradient_norm <= half_rounding * layer.weight_norm;
}

std::map<std::string, Sigmas> sigmas_of(Module& model,
                                        const std::vector<Expectation>& expectations) {
  std::map<std::string, const Expectation*> expected;
  for (const Expectation& expectation : expectations) expected[expectation.path] = &expectation;
  std::map<std::string, Sigmas> result;
  for (const auto& [path, layer] : model.named_modules()) {
    if (kind_of(*layer) != LayerKind::affine) continue;
    Sigmas sigmas{NAN, 0};
    for (const auto& [name, tensor] : layer->named_parameters()) {
      const auto found = expected.find(path.empty() ? name : path + "." + name);
      const bool random = found != expected.end() && found->second->random;
      const double std = random ? found->second->std : NAN;
      const double error = std / std::sqrt(static_cast<double>(tensor.size()));
      if (name == "bias")
        sigmas.b = std;
      else if (std::abs(Spread(tensor.value()).mean) <= 5 * error)  // the theory assumes mean 0
        sigmas.w = std * std::sqrt(static_cast<double>(init::calculate_fans(tensor.shape()).in));
    }
    if (!std::isnan(sigmas.w + sigmas.b)) result[path] = sigmas;
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

std::vector<MeanFieldStep> mean_field_steps(const std::vector<LayerSignal>& signals, Module& model,
                                            const std::vector<Expectation>& expectations) {
  const auto activations = activations_of(model);
  const auto all_sigmas = sigmas_of(model, expectations);
  const std::vector<std::size_t> numbers = layer_numbers(signals);
  std::vector<MeanFieldStep> steps;
  std::optional<double> q, low, high;  // of the present layer's output
  const init::PointwiseActivation* phi = nullptr;
  for (std::size_t i = 0; i < signals.size(); ++i) {
    const LayerSignal& layer = signals[i];
    const auto sigmas = all_sigmas.find(layer.path);
    const auto activation = activations.find(layer.path);
    if (sigmas != all_sigmas.end()) {
      const auto& [w, b] = sigmas->second;
      if (phi == nullptr && !steps.empty()) break;  // no activation lies between two layers
      if (phi != nullptr && q) {
        const init::MeanField net{*phi, w, b};
        steps.push_back({numbers[i], *q, net.chi(*q), net.variance_slope(*q), net.variance(*q),
                         net.variance(*low), net.variance(*high)});
        q = steps.back().q_out, low = steps.back().low, high = steps.back().high;
      } else {
        q = sigmas->second.through(layer.input_square), low = 0.9 * *q, high = 1.1 * *q;
      }
      phi = nullptr;
    } else if (activation != activations.end()) {
      phi = &activation->second;
    } else if (layer.weighted || (layer.type != "Flatten" && layer.type != "Dropout" &&
                                  layer.type != "ZeroPad2d" && layer.type != "Identity")) {
      break;
    }
    if (q && !(*q > 0 && std::isfinite(*high))) break;
  }
  return steps;
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

double Flow::per_layer() const { return std::pow(factor(), 1 / static_cast<double>(layers)); }

Flow::Grade Flow::grade() const {
  const double size = std::abs(std::log(factor()));  // infinite or NaN if a std is 0 or not finite
  return size <= std::log(3) ? Grade::keeps : size <= std::log(100) ? Grade::changes : Grade::lost;
}

namespace {

double gradient_norm(const LayerSignal& s) {
  return s.gradient_std * std::sqrt(static_cast<double>(std::max<std::size_t>(s.numbers, 1)));
}

// The hidden layers with weights.
std::vector<const LayerSignal*> hidden_layers(const std::vector<LayerSignal>& signals) {
  std::vector<const LayerSignal*> layers;
  for (const LayerSignal& s : signals)
    if (s.weighted) layers.push_back(&s);
  if (!layers.empty()) layers.pop_back();
  return layers;
}

}  // namespace

std::optional<Flows> flows_of(const std::vector<LayerSignal>& signals) {
  const auto layers = hidden_layers(signals);
  if (layers.size() < 2) return std::nullopt;
  const LayerSignal &first = *layers.front(), &last = *layers.back();
  const std::size_t passed = layers.size() - 1;
  return Flows{{first.std, last.std, passed},
               {first.image_std, last.image_std, passed},
               {gradient_norm(last), gradient_norm(first), passed}};
}

std::vector<std::string> flow_verdicts(const std::vector<LayerSignal>& signals, bool lost_only) {
  const std::optional<Flows> flows = flows_of(signals);
  if (!flows) return {};
  std::vector<std::string> words;
  const auto say = [&](const char* what, const char* measure, const Flow& flow, bool back,
                       const auto& size_of) {
    auto layers = hidden_layers(signals);
    if (back) std::ranges::reverse(layers);
    const auto number = [&](std::size_t i) { return back ? layers.size() - i : i + 1; };
    for (std::size_t i = 0; i < layers.size(); ++i) {
      const double size = size_of(*layers[i]);
      if (size != 0 && std::isfinite(size)) continue;
      words.push_back(fmt::format("{} {} ({} {} in layer {})", what,
                                  size == 0 ? "vanish" : "explode", measure,
                                  size == 0 ? "0" : "not finite", number(i)));
      return;
    }
    const Flow::Grade grade = flow.grade();
    if (lost_only && grade != Flow::Grade::lost) return;
    const bool lost = grade == Flow::Grade::lost, grows = flow.to > flow.from;
    const char* verb = grade == Flow::Grade::keeps ? "roughly keep their size"
                       : lost                      ? (grows ? "explode" : "vanish")
                                                   : (grows ? "grow" : "shrink");
    words.push_back(fmt::format(
        "{} {}: {} {:.2g} in layer {}, {:.2g} in layer {} (×{:.2g} in all, ×{:.3g} per layer)",
        what, verb, measure, flow.from, number(0), flow.to, number(layers.size() - 1),
        flow.factor(), flow.per_layer()));
  };
  say("outputs", "std", flows->outputs, false, [](const auto& s) { return s.std; });
  if (flows->images.grade() > flows->outputs.grade())
    say("differences between images", "image std", flows->images, false,
        [](const auto& s) { return s.image_std; });
  say("gradients", "norm", flows->gradients, true, gradient_norm);
  return words;
}

std::vector<std::string> verdicts(const std::vector<LayerSignal>& signals) {
  constexpr double many = 0.1;  // of a layer's units or outputs
  std::vector<std::string> words = flow_verdicts(signals);
  const std::vector<std::size_t> numbers = layer_numbers(signals);
  const auto place = [&](const LayerSignal* s) {
    return numbers[static_cast<std::size_t>(s - signals.data())];
  };
  const LayerSignal *dead = nullptr, *saturated = nullptr, *last = nullptr;
  for (const LayerSignal& s : signals) {
    if (s.weighted) last = &s;
    if (s.dead >= many && (!dead || s.dead > dead->dead)) dead = &s;
    if (s.saturated >= many && (!saturated || s.saturated > saturated->saturated)) saturated = &s;
  }
  if (last && flows_of(signals))
    words.push_back(fmt::format("output layer: std {:.2g}", last->std));
  if (dead)
    words.push_back(fmt::format(
        "dead ReLU units (0 for every image): most in the ReLU after layer {}, {:.0f} %",
        place(dead), 100 * dead->dead));
  if (saturated)
    words.push_back(fmt::format("saturated outputs: up to {:.0f} %, in the {} behind layer {}",
                                100 * saturated->saturated, saturated->type, place(saturated)));
  const auto say_equal = [&](Units units, const char* what) {
    std::vector<std::string> layers;
    for (const LayerSignal& s : signals)  // the labels tell the last layer's units apart
      if (&s != last && s.units_are == units) layers.push_back(fmt::to_string(place(&s)));
    if (!layers.empty())
      words.push_back(fmt::format("all units of a layer {}: {}", what, layers_named(layers)));
  };
  say_equal(Units::equal_without_gradient, "are equal, and no gradient reaches them");
  say_equal(Units::equal_but_for_rounding, "are equal, and only rounding can make them differ");
  say_equal(Units::start_equal, "start equal, and training makes them differ");
  if (words.empty()) words.emplace_back("nothing stands out");
  return words;
}

}  // namespace fanin
