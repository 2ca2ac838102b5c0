// What a sweep's results say, in words.
#pragma once

#include <string>
#include <vector>

#include "experiments/report/results.hpp"

namespace fanin {

// What the statistics say, in sentences: for few panels, which inits lead, who is ahead of whom
// (exactly if the family's interval excludes 0), and in counts how the other inits ended; for
// many, where each init trains in most seeds and where one is ahead.
std::vector<std::string> answers(const Results& results);

constexpr std::size_t few_panels = 4;    // whose sentences name every init
constexpr std::size_t few_settings = 3;  // that are named one by one

// "a, b and c"
std::string listed(const std::vector<std::string>& words);

}  // namespace fanin
