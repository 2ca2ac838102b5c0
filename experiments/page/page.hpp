// The page that a sweep leaves behind: one file that works offline.
#pragma once

#include <filesystem>
#include <span>

#include "experiments/report/results.hpp"

namespace fanin {

// A sweep's results. Their records may hold runs that are still in progress, which have no end.
struct PageSweep {
  const Results* results;
  std::filesystem::path folder;  // its manifest.json says where it ran
};

// Writes the page whole, by rename: for each sweep the question and its answer, the table of inits,
// the charts as Vega-Lite specs with the program that draws them, setting, versions and runs. A
// live page loads itself anew every few seconds. Without the npm packages of package.json it has no
// charts and says so. Throws Error if the file cannot be written.
void write_page(const std::filesystem::path& file, std::span<const PageSweep> sweeps,
                bool live = false);

}  // namespace fanin
