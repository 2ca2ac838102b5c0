// What the seeds of a sweep could not show.
#pragma once

#include <string>
#include <vector>

#include "experiments/report/results.hpp"

namespace fanin {

// In sentences: whose outcome differs between seeds, if the seeds could have shown a difference of
// one point, what the intervals assume, and what rounding does.
std::vector<std::string> caveats(const Results& results);

}  // namespace fanin
