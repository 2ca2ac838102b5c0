// The results of sweeps in their folders: to summarise, show and merge them.
#pragma once

#include <cstddef>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "experiments/report/results.hpp"

namespace fanin {

// Writes the CSV files and the figures into the folder, and warns of records that do not go
// together. Returns how many figures it drew; a warning says why not all.
std::size_t summarise(const Results& results, const std::filesystem::path& folder);

// Prints the answers and the table on stdout.
void print_results(const Results& results);

// Writes the spec as .vl.json beside the SVG, which Node draws with the script render.mjs. Throws
// Error if a file cannot be written, or if node is missing or fails.
void write_figure(const nlohmann::json& spec, const std::filesystem::path& script,
                  const std::filesystem::path& svg);

// Writes summaries, figures and pages again from the logs of results folders. Several folders also
// get a common page, in `out` or beside the first folder. Throws UsageError for other folders.
void report(const std::vector<std::filesystem::path>& folders,
            const std::filesystem::path& out = {});

// Copies the finished runs of results folders into one folder, each run once, and summarises them.
// Throws UsageError for folders of different specs or models, and if two logs of a run differ in
// more than their times. Then it writes nothing.
void merge(const std::filesystem::path& out, const std::vector<std::filesystem::path>& folders);

}  // namespace fanin
