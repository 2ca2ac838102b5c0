// A sweep's results as CSV files for programs.
#pragma once

#include <string>
#include <vector>

#include "experiments/report/results.hpp"

namespace fanin {

// A line of a CSV file (RFC 4180), its newline included.
std::string csv_line(const std::vector<std::string>& cells);

std::string summary_csv(const Results& results);  // a row per run
std::string timings_csv(const Results& results);
std::string curves_csv(const Results& results);  // a row per evaluation, also the one at step 0

// layers.csv: a row per run, look and layer. Its rows are of the run's whole log, not of the
// records in the results, which forget most looks.
std::string layers_csv_header(const Sweep& sweep);
std::string layers_csv_rows(const Sweep& sweep, const Run& run, const RunRecord& record);

// A row per panel and init: its runs (n, without failed ones) and their classes; mean and quartiles
// of the last test accuracies, and quartiles of the losses; the trained ones' share with Wilson's
// 95 % interval; Kaplan-Meier's median of the steps to the sweep's target accuracy, empty if half
// never get there, and how many runs were censored; the standard deviation of the accuracies over
// the seeds and, if there are any, over the roundings of a seed. A diverged run's loss is infinite.
std::string statistics_csv(const Results& results);

// A row per panel of the tuning and init: its accuracy on held-out images at these values, and 1 if
// they were chosen. "" without a tuning.
std::string tuning_csv(const Results& results);

// A row per panel and pair of inits, over their n common seeds: the mean difference in test
// accuracy, init minus other, with its interval, how often init was better and worse, and p. The
// interval and p are empty outside the family of comparisons.
std::string comparisons_csv(const Results& results);

}  // namespace fanin
