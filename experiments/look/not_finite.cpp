#include "experiments/look/not_finite.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "experiments/look/signals.hpp"

namespace fanin {
namespace {

std::string name_of(const std::string& path, const std::string& type) {
  return path.empty() ? type : fmt::format("{} ({})", path, type);
}

bool weights_are_finite(const Module& layer) {
  return std::ranges::all_of(layer.named_parameters(false), [](const auto& entry) {
    return std::ranges::all_of(entry.second.value(),
                               [](Real value) { return std::isfinite(value); });
  });
}

}  // namespace

NotFinite find_not_finite(Module& model, const Batch& batch, const Loss& loss, std::size_t steps) {
  NotFinite found{steps, "", "loss"};
  for (const auto& [path, layer] : model.named_modules())
    if (!weights_are_finite(*layer)) found = {steps, name_of(path, layer->type()), "weights"};
  if (found.what == "weights") return found;
  for (const LayerSignal& layer : measure_signals(model, batch.images, batch.labels, loss))
    if (!std::isfinite(layer.std)) return {steps, name_of(layer.path, layer.type), "output"};
  return found;
}

std::string to_string(const NotFinite& place) {
  const std::string where =
      place.layer.empty() ? place.what : fmt::format("{} of {}", place.what, place.layer);
  return fmt::format("after {} steps, first in the {}", place.steps, where);
}

}  // namespace fanin
