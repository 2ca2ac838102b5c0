// A sweep's results as tables: the one that people read, with the words that it shares with the
// page, and CSV files for programs.
#pragma once

#include <string>
#include <vector>

#include "experiments/report/results.hpp"

namespace fanin {

// A share in percent or points, with more digits if it would read as zero but is not.
std::string points(double share, int digits);

std::string panel_name(const Axes& axes);     // "depth=10, act=relu"
std::string sweep_title(const Sweep& sweep);  // the question, and the data if not MNIST

// The lines of the table for people as cells: a header, then an init a line; and under a title the
// best init's lead over each other one, or with a baseline the lead of each over that. Without an
// init that left chance there is no lead.
struct PanelTable {
  std::string panel;
  std::vector<std::vector<std::string>> rows;
  std::string lead;
  std::vector<std::vector<std::string>> leads;
};
std::vector<PanelTable> panel_tables(const Results& results);

// The text with another one in each place of a part.
std::string replaced(const std::string& text, const std::string& part, const std::string& by);

// The words of a text in lines of at most so many columns, unless one word is longer. The first
// line starts with the head, the others with the indent.
std::string wrapped(const std::string& text, std::size_t columns, const std::string& head = "",
                    const std::string& indent = "");

// How the numbers of the table were made, in lines of at most so many columns, or 80.
std::string table_methods(double target, std::size_t classes, std::size_t columns);
std::string table_methods(const Results& results);

// Per panel, a line per init over its seeds, then its lead table; and a legend of one line. A table
// too wide for so many columns loses some of its own. An unfinished sweep says how many runs ended.
std::string summary_table(const Results& results, std::size_t columns = 80);

// A line of a CSV file (RFC 4180), its newline included.
std::string csv_line(const std::vector<std::string>& cells);

std::string summary_csv(const Results& results);  // a row per run
std::string timings_csv(const Results& results);
std::string curves_csv(const Results& results);  // a row per evaluation, also the one at step 0

// layers.csv: a row per run, look and layer. Its rows are of the run's whole log, not of the
// records in the results, which forget most looks.
std::string layers_csv_header(const Sweep& sweep);
std::string layers_csv_rows(const Sweep& sweep, const Run& run, const RunRecord& record);

// A row per panel and init: its runs (n, without failed ones) and their classes; median and
// quartiles of the last test accuracies and losses; the trained ones' share with Wilson's 95 %
// interval; Kaplan-Meier's median of the steps to the sweep's target accuracy, empty if half never
// get there, and how many runs were censored. A diverged run's loss is infinite.
std::string statistics_csv(const Results& results);

// A row per panel and pair of inits, over their n common seeds: the mean difference in test
// accuracy, init minus other, with its interval, how often init was better and worse, and p. The
// interval and p are empty outside the family of comparisons.
std::string comparisons_csv(const Results& results);

}  // namespace fanin
