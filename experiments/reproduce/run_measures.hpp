#pragma once

#include <vector>

#include "experiments/reproduce/measures.hpp"

namespace fanin {

// What a row may ask of finished runs.
const std::vector<Measure>& run_measures();

}  // namespace fanin
