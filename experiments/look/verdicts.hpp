#pragma once

#include <string>
#include <vector>

#include "experiments/look/layer_signal.hpp"

namespace fanin {

// What there is to say about signals in words: those that vanish or explode, units that are dead,
// saturated or equal.
std::vector<std::string> verdicts(const std::vector<LayerSignal>& signals);

}  // namespace fanin
