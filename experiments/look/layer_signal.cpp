#include "experiments/look/layer_signal.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "framework/core/join.hpp"
#include "framework/core/precision.hpp"

namespace fanin {
namespace {

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

std::vector<std::string> verdicts(const std::vector<LayerSignal>& signals) {
  constexpr double much = 100;  // between the first and the last Linear layer
  constexpr double many = 0.1;  // of a layer's units or outputs
  std::vector<std::string> words;
  // Only Linear layers compare: a convolution's gradients are per pixel and depend on the image
  // size.
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
      words.push_back(fmt::format("{} vanish: they are all the same", what));
    else if (to > much * from)
      words.push_back(fmt::format("{} explode: std {:.2g} becomes {:.2g}", what, from, to));
    else if (to < from / much)
      words.push_back(fmt::format("{} vanish: std {:.2g} becomes {:.2g}", what, from, to));
  };
  if (linear.size() > 1) {
    const LayerSignal &first = *linear.front(), &top = *linear.back();
    judge("activations", first.std, top.std);
    if (words.empty()) judge("the differences between images", first.image_std, top.image_std);
    judge("gradients, on their way back,", top.gradient_std, first.gradient_std);
    if (words.empty()) words.emplace_back("signals keep their size in both directions");
  }
  if (dead)
    words.push_back(fmt::format("dead ReLU units, 0 for every image: {:.0f} % in layer {}",
                                100 * dead->dead, dead->path));
  if (saturated)
    words.push_back(fmt::format("saturated outputs: {:.0f} % in layer {}, {}",
                                100 * saturated->saturated, saturated->path, saturated->type));
  const auto say_equal = [&](Units units, const char* what) {
    std::vector<std::string> paths;
    for (const LayerSignal& s : signals)  // the labels tell the last layer's units apart
      if (&s != last && s.units_are == units) paths.push_back(s.path);
    if (!paths.empty())
      words.push_back(fmt::format("all units of a layer {}: {}", what, listed(paths)));
  };
  say_equal(Units::equal_without_gradient, "are equal, and no gradient reaches them");
  say_equal(Units::equal_but_for_rounding, "are equal, and only rounding can tell them apart");
  say_equal(Units::start_equal, "start equal, and training can tell them apart");
  if (words.empty()) words.emplace_back("nothing stands out");
  return words;
}

}  // namespace fanin
