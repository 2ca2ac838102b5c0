#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "experiments/look/layer_signal.hpp"

namespace fanin {

// A look into the layers as an event of a log, and back. Histograms that the event lacks are empty;
// throws Error where anything else is missing or not what it should be.
nlohmann::ordered_json to_json(const LayerSignals& signals);
LayerSignals read_layers(const nlohmann::json& event);

// The line of such an event without its histograms, which are half of it.
std::string without_histograms(std::string_view line);

}  // namespace fanin
