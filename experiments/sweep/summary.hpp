#pragma once

#include <cstddef>
#include <filesystem>

#include "experiments/report/results.hpp"

namespace fanin {

// Writes summary.csv, timings.csv, statistics.csv, comparisons.csv and the figures into the folder,
// warns of records that do not go together, and prints the table on stdout. Returns how many
// figures there are; a warning says why not all.
std::size_t summarise(const Results& results, const std::filesystem::path& folder,
                      bool print_table = true);

}  // namespace fanin
