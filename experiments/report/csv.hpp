// The results of a sweep as CSV files, for programs.
#pragma once

#include <string>
#include <vector>

#include "experiments/report/results.hpp"

namespace fanin {

// A line of a CSV file (RFC 4180), its newline included.
std::string csv_line(const std::vector<std::string>& cells);

std::string summary_csv(const Results& results);  // a row per run
std::string timings_csv(const Results& results);

// A row per panel and init: its runs (n, without failed ones) and their classes; median and
// quartiles of the last test accuracies and losses; the trained ones' share with Wilson's 95 %
// interval; Kaplan-Meier's median of the steps to the sweep's target accuracy, empty when half
// never get there, and how many runs were censored. A diverged run's loss is infinite.
std::string statistics_csv(const Results& results);

// A row per panel and pair of inits: over their n common seeds the mean difference in test
// accuracy, init minus other, with its 95 % interval, how often init was better and worse, and the
// sign test's p, not adjusted for the number of pairs.
std::string comparisons_csv(const Results& results);

}  // namespace fanin
