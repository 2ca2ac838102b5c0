// The table of a sweep's results that people read.
#pragma once

#include <string>

#include "experiments/report/results.hpp"

namespace fanin {

std::string panel_name(const Axes& axes);     // "depth=10, act=relu"
std::string sweep_title(const Sweep& sweep);  // the question, and the data where not MNIST

// The lines of the table for people as cells: a header, then an init a line; and the best init's
// lead over each other one. Empty where no init left chance.
struct PanelTable {
  std::string panel;
  std::vector<std::vector<std::string>> rows;
  std::string best;
  std::vector<std::vector<std::string>> leads;
};
std::vector<PanelTable> panel_tables(const Results& results);

// The words of a text in lines of at most so many columns, unless one word is longer. The first
// line starts with the head, the others with the indent.
std::string wrapped(const std::string& text, std::size_t columns, const std::string& head = "",
                    const std::string& indent = "");

// How the numbers of the table were made, in lines of at most 80 columns.
std::string table_methods(const Results& results);

// The table that people read: per panel, a line per init over its seeds, then how far the best init
// is ahead of the others. In lines of so many columns, for which the table's own may be left out.
std::string summary_table(const Results& results, std::size_t columns = 80);

}  // namespace fanin
