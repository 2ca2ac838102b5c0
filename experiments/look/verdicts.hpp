#pragma once

#include <string>
#include <vector>

#include "experiments/look/layer_signal.hpp"

namespace fanin {

// Says in words which signals vanish or explode, and which units are dead, saturated or equal.
std::vector<std::string> verdicts(const std::vector<LayerSignal>& signals);

}  // namespace fanin
