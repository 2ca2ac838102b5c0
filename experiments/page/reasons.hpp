// Why inits do not train, in words.
#pragma once

#include <string>
#include <vector>

#include "experiments/report/results.hpp"

namespace fanin {

// Why inits stay at chance or diverge in most of their seeds, one sentence an init with the numbers
// of its signals before training; of many panels in the first one where it does.
std::vector<std::string> reasons(const Results& results);

}  // namespace fanin
