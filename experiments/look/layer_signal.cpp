#include "experiments/look/layer_signal.hpp"

#include <fmt/format.h>

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

std::string listed(std::vector<std::string> paths) {  // "layers 1, 3, 5 and 9 more"
  constexpr std::size_t most = 6;
  const std::size_t more = paths.size() > most ? paths.size() - most : 0;
  paths.resize(paths.size() - more);
  return (paths.size() > 1 ? "layers " : "layer ") + join(paths, ", ") +
         (more > 0 ? fmt::format(" and {} more", more) : "");
}

}  // namespace

std::optional<double> distinct_share(const LayerSignals& look) {
  if (look.distinct) return look.distinct;
  std::size_t units = 0, distinct = 0, last_units = 0, last_distinct = 0;
  for (const LayerSignal& layer : look.layers) {
    if (layer.units == 0) continue;
    units += last_units, distinct += last_distinct;
    last_units = layer.units, last_distinct = layer.distinct;
  }
  if (units == 0) return std::nullopt;
  return static_cast<double>(distinct) / static_cast<double>(units);
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

std::vector<std::string> verdicts(const std::vector<LayerSignal>& signals) {
  constexpr double much = 100;  // between the first and the last Linear layer
  constexpr double many = 0.1;  // of a layer's units or outputs
  std::vector<std::string> words;
  // Only of Linear layers, as a convolution's gradients depend on the size of the image.
  std::vector<const LayerSignal*> linear;
  const LayerSignal *dead = nullptr, *saturated = nullptr, *last = nullptr;
  for (const LayerSignal& s : signals) {
    if (s.type == "Linear") linear.push_back(&s);
    if (s.weighted) last = &s;
    if (s.dead >= many && (!dead || s.dead > dead->dead)) dead = &s;
    if (s.saturated >= many && (!saturated || s.saturated > saturated->saturated)) saturated = &s;
  }
  const auto judge = [&](const char* what, double from, double to) {
    if (!std::isfinite(from))
      words.push_back(fmt::format("{} explode: their std is not finite anywhere", what));
    else if (!std::isfinite(to))
      words.push_back(fmt::format("{} explode: std {:.2g} becomes infinite", what, from));
    else if (from == 0 && to == 0)
      words.push_back(fmt::format("{} vanish: their std is 0", what));
    else if (to > much * from)
      words.push_back(fmt::format("{} explode: std {:.2g} becomes {:.2g}", what, from, to));
    else if (to < from / much)
      words.push_back(fmt::format("{} vanish: std {:.2g} becomes {:.2g}", what, from, to));
  };
  if (linear.size() > 1) {
    const LayerSignal &first = *linear.front(), &top = *linear.back();
    judge("activations", first.std, top.std);
    if (words.empty()) judge("differences between images", first.image_std, top.image_std);
    judge("backpropagated gradients", top.gradient_std, first.gradient_std);
    if (words.empty()) words.emplace_back("signals keep their size in both directions");
  }
  if (dead)
    words.push_back(fmt::format("dead ReLU units (0 for every image): up to {:.0f} %, in layer {}",
                                100 * dead->dead, dead->path));
  if (saturated)
    words.push_back(fmt::format("saturated outputs: up to {:.0f} %, in layer {}, {}",
                                100 * saturated->saturated, saturated->path, saturated->type));
  const auto say_equal = [&](Units units, const char* what) {
    std::vector<std::string> paths;
    for (const LayerSignal& s : signals)  // the labels tell the last layer's units apart
      if (&s != last && s.units_are == units) paths.push_back(s.path);
    if (!paths.empty())
      words.push_back(fmt::format("all units of a layer {}: {}", what, listed(paths)));
  };
  say_equal(Units::equal_without_gradient, "are equal, and no gradient reaches them");
  say_equal(Units::equal_but_for_rounding, "are equal, and only rounding can make them differ");
  say_equal(Units::start_equal, "start equal, and training makes them differ");
  if (words.empty()) words.emplace_back("nothing stands out");
  return words;
}

}  // namespace fanin
