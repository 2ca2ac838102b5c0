#include "experiments/look/layer_signal.hpp"

#include <fmt/format.h>

#include <limits>

#include "framework/core/precision.hpp"

namespace fanin {

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

}  // namespace fanin
