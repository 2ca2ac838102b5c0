#pragma once

#include <string>
#include <vector>

namespace fanin {

// A line of a CSV file (RFC 4180), its newline included.
std::string csv_line(const std::vector<std::string>& cells);

}  // namespace fanin
