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

// Why inits stay at chance or diverge in most of their seeds, one sentence an init with the numbers
// of its signals before training; of many panels in the first one where it does.
std::vector<std::string> reasons(const Results& results);

}  // namespace fanin
