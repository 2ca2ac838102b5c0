#pragma once

#include <cstddef>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "experiments/report/results.hpp"

namespace fanin {

// Writes summary.csv, timings.csv, statistics.csv, comparisons.csv and the figures into the folder,
// warns of records that do not go together, and prints the table on stdout. Returns how many
// figures there are; a warning says why not all.
std::size_t summarise(const Results& results, const std::filesystem::path& folder,
                      bool print_table = true);

// Writes the spec beside the SVG, as .vl.json, and has Node draw it with the script, render.mjs.
// Throws Error if a file cannot be written, or if node is missing or fails.
void write_figure(const nlohmann::json& spec, const std::filesystem::path& script,
                  const std::filesystem::path& svg);

// Summaries, figures and pages again, from the logs of results folders; several folders get a page
// together too, in `out` or beside the first. Throws UsageError for a folder that is no
// sweep's.
void report(const std::vector<std::filesystem::path>& folders,
            const std::filesystem::path& out = {});

}  // namespace fanin
