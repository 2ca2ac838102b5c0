#pragma once

#include <filesystem>
#include <optional>

#include "experiments/report/outcomes.hpp"
#include "experiments/specs/spec.hpp"

namespace fanin {

// The log of a run in the results folder, if it has ended and is of just this run.
std::optional<RunRecord> find_record(const Run& run, const std::filesystem::path& folder);
Records find_records(const Sweep& sweep, const std::filesystem::path& folder);

// Why a log that is there does not count: damaged, without its end, or of other settings. "" where
// it counts, and where there is none.
std::string log_fault(const Run& run, const std::filesystem::path& folder);

// What a run in progress has logged so far, if it is of just this run.
std::optional<RunRecord> growing_record(const Run& run, const std::filesystem::path& folder);

std::filesystem::path log_path(const Run& run, const std::filesystem::path& folder);
std::filesystem::path growing_log_path(const Run& run, const std::filesystem::path& folder);
std::filesystem::path weights_path(const Run& run, const std::filesystem::path& folder);

// Writes summary.csv, timings.csv, statistics.csv, comparisons.csv and the figures into the folder,
// and prints the table on stdout. Returns how many figures there are; a warning says why not all.
std::size_t summarise(const Sweep& sweep, const Records& records,
                      const std::filesystem::path& folder, bool print_table = true);

}  // namespace fanin
