#pragma once

#include <filesystem>
#include <string>

#include "experiments/record/standing.hpp"
#include "experiments/specs/spec.hpp"

namespace fanin {

// A run to be done.
struct Job {
  const Run* run;
  std::string label;
  RunFiles files;     // in the folder of its sweep
  Expected expected;  // of its log; the data once they are known
  double cost = 0;    // predicted_cost()
};

Job make_job(const Sweep& sweep, const Run& run, const std::filesystem::path& folder,
             const std::string& label);

// The run's options with the files that it is to write.
TrainOptions options_with_files(const Job& job);

// Why a job cannot be done if another's log is in its place: "DIR holds runs of ...".
std::string refusal(const Job& job, const Standing& another);

// Why the log of a run does not count; "" if it counts, or if the run has no log.
std::string fault_of(const Run& run, const std::filesystem::path& folder);

// The logs in a sweep's folder. A warning says how many belong to no run of it, and what
// happens to them.
Logs find_logs(const Sweep& sweep, const std::filesystem::path& folder, const std::string& fate);

}  // namespace fanin
