// A sweep's results as the table that people read, with the words that it shares with the page.
#pragma once

#include <string>
#include <vector>

#include "experiments/report/results.hpp"

namespace fanin {

// A share in percent or points, with more digits if it would read as zero but is not.
std::string points(double share, int digits);

std::string counted(std::size_t count, const char* what);  // "1 seed", "2 seeds"
std::string panel_name(const Axes& axes);                  // "depth=10, act=relu"
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

}  // namespace fanin
