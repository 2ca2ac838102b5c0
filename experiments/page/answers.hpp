// What a sweep's results say, in words.
#pragma once

#include <string>
#include <vector>

#include "experiments/report/results.hpp"

namespace fanin {

// Sentences drawn from the statistics alone; first, of an unfinished sweep, how many runs they are
// from. Of few panels each has its own: which init does best, once two have results, which cannot
// be told from it (the interval of their paired difference holds 0), how far the others are behind,
// which never left chance or diverged. Of many: where each init trains in most seeds.
std::vector<std::string> answers(const Results& results);

}  // namespace fanin
