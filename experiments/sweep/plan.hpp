#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "experiments/specs/spec.hpp"
#include "experiments/sweep/job.hpp"
#include "experiments/sweep/sweep.hpp"

namespace fanin {

// A sweep with what is to be done for it in this shard. Nothing is written yet.
struct Plan {
  const Sweep* sweep;
  std::filesystem::path folder;
  std::vector<Job> jobs;   // those that are not finished
  std::size_t runs;        // those and the finished
  std::string model_text;  // of the models' files
  std::string manifest;    // empty when nothing is to be done: that of the finished runs stays
  bool runs_of_others;     // the folder has, or will have, runs beside these

  void check_free() const;  // throws Error while another process is at one of these runs
  void remove_old() const;  // what an earlier sweep left of these runs, and nothing else
};

// What a run is called, alone or among those of several sweeps.
std::string label_of(const Sweep& sweep, const Run& run, bool several);

// Throws UsageError when two sweeps have one name, when a network does not fit its data, and when a
// folder holds results of other settings, of another model or on other data, which --fresh would
// replace; Error when data cannot be read.
std::vector<Plan> make_plans(const std::vector<Sweep>& sweeps, const SweepOptions& options);

// How the models' files differ from what the folder's runs were given, which model.txt keeps; ""
// where they do not, or are not here.
std::string other_model(const Sweep& sweep, const std::filesystem::path& folder);

// Which of N shards each run of these sweeps goes to, sweep by sweep; the sweeps are shared out
// together, in whatever order they come.
std::vector<std::vector<std::size_t>> shards_of(const std::vector<Sweep>& sweeps,
                                                std::size_t shards);

}  // namespace fanin
