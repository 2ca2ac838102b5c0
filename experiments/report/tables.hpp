// What a sweep's results look like: CSV files for programs, a table for people.
#pragma once

#include <string>

#include "experiments/report/outcomes.hpp"

namespace fanin {

std::string panel_name(const Axes& axes);     // "depth=10, act=relu"
std::string sweep_title(const Sweep& sweep);  // the question, and the data where not MNIST

std::string summary_csv(const Sweep& sweep, const Records& records);  // a row per run
std::string timings_csv(const Sweep& sweep, const Records& records);

// A row per panel and init: its runs (n, without failed ones) and their classes; median and
// quartiles of the last test accuracies and losses; the trained ones' share with Wilson's 95 %
// interval; Kaplan-Meier's median of the steps to the sweep's target accuracy, empty when half
// never get there, and how many runs were censored. A diverged run's loss is infinite.
std::string statistics_csv(const Sweep& sweep, const Records& records);

// A row per panel and pair of inits: over their n common seeds the mean difference in test
// accuracy, init minus other, with its 95 % interval, how often init was better and worse, and the
// sign test's p, not adjusted for the number of pairs.
std::string comparisons_csv(const Sweep& sweep, const Records& records);

// The lines of that table as cells: a header, then an init a line; and the best init's lead over
// each other one. Empty where no init left chance.
struct PanelTable {
  std::string panel;
  std::vector<std::vector<std::string>> rows;
  std::string best;
  std::vector<std::vector<std::string>> leads;
};
std::vector<PanelTable> panel_tables(const Sweep& sweep, const Records& records);

// The words of a text in lines of at most so many columns, unless one word is longer. The first
// line starts with the head, the others with the indent.
std::string wrapped(const std::string& text, std::size_t columns, const std::string& head = "",
                    const std::string& indent = "");

// How the numbers of the table were made, in lines of at most 80 columns.
std::string table_methods(const Sweep& sweep, const Records& records);

// The table that people read: per panel, a line per init over its seeds, then how far the best init
// is ahead of the others. In lines of so many columns, for which the table's own may be left out.
std::string summary_table(const Sweep& sweep, const Records& records, std::size_t columns = 80);

}  // namespace fanin
