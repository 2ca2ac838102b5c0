#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "experiments/report/outcomes.hpp"
#include "experiments/specs/spec.hpp"

namespace fanin {

// The log of a run in the results folder, if it has ended and is of just this run.
std::optional<RunRecord> find_record(const Run& run, const std::filesystem::path& folder,
                                     Histograms histograms = Histograms::with);

// The same of some runs, by their number in the sweep, into their places; on up to eight cores.
// With `growing`, of runs in progress what they have logged so far. Of the first run of each init
// and panel, whose histograms are drawn, all is kept, of the others what tables and figures show:
// no losses of single steps, of looks after the first no layers.
void find_records(const Sweep& sweep, const std::filesystem::path& folder,
                  const std::vector<std::size_t>& runs, Records& records, bool growing = false);
Records find_records(const Sweep& sweep, const std::filesystem::path& folder);

// Of such a log the start and the end alone, which is quick for thousands; a damage between them is
// not seen.
std::optional<RunRecord> find_ends(const Run& run, const std::filesystem::path& folder);
std::optional<RunRecord> find_checked(const Run& run,
                                      const std::filesystem::path& folder);  // is seen

std::size_t rows_of(const std::filesystem::path& table);  // but for its first line; none: 0

// What does not go together among finished runs, each as a line that names two; "" where all do.
struct Mixture {
  std::string data;     // two runs on one data set, whose files were not the same
  std::string model;    // two of one model's file, which did not hold the same
  std::string kernels;  // two runs of other versions or kernels: the last digits may differ
};
Mixture mixture_of(const Sweep& sweep, const Records& records);

// Why a log that is there does not count: damaged, without its end, or of other settings. "" where
// it counts, and where there is none.
std::string log_fault(const Run& run, const std::filesystem::path& folder);

// What a run in progress has logged so far, if it is of just this run.
std::optional<RunRecord> growing_record(const Run& run, const std::filesystem::path& folder,
                                        Histograms histograms = Histograms::with);

std::filesystem::path log_path(const Run& run, const std::filesystem::path& folder);
std::filesystem::path growing_log_path(const Run& run, const std::filesystem::path& folder);
std::filesystem::path weights_path(const Run& run, const std::filesystem::path& folder);

}  // namespace fanin
