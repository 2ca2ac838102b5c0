#pragma once

#include <vector>

#include "experiments/reproduce/measures.hpp"

namespace fanin {

// What a row may ask of networks as initialised: seconds each.
const std::vector<Measure>& signal_measures();

}  // namespace fanin
