#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "experiments/record/run_log.hpp"
#include "experiments/specs/spec.hpp"

namespace fanin {

// What the logs of a sweep say, run by run in the sweep's order; nothing for a run that has not
// ended, or whose log is damaged or of other settings.
using Records = std::vector<std::optional<RunRecord>>;

// Reads those of some runs, by their number in the sweep, into their places; on up to eight cores.
// With `growing`, it reads of runs in progress what they have logged so far. It keeps all of the
// first run of each init and panel, whose histograms are drawn, and of the others what tables and
// figures show: no losses of single steps, and no layers of looks after the first.
void find_records(const Sweep& sweep, const std::filesystem::path& folder,
                  const std::vector<std::size_t>& runs, Records& records, bool growing = false);
Records find_records(const Sweep& sweep, const std::filesystem::path& folder);

// What does not go together among finished runs, each as a line that names two; "" if all do.
struct Mixture {
  std::string data;     // two runs on one data set, whose files were not the same
  std::string model;    // two of one model's file, which did not hold the same
  std::string kernels;  // two runs of other versions or kernels: the last digits may differ
};
Mixture mixture_of(const Sweep& sweep, const Records& records);

}  // namespace fanin
