#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "experiments/report/results.hpp"
#include "experiments/specs/spec.hpp"
#include "experiments/sweep/job.hpp"
#include "experiments/sweep/sweep.hpp"

namespace fanin {

// A sweep with what is to be done for it in this shard. Nothing is written yet.
struct Plan {
  const Sweep* sweep;
  std::filesystem::path folder;
  bool runs_of_others;          // the folder has, or will have, runs beside these
  Records records;              // what its logs have said so far
  std::vector<Job> jobs = {};   // those that are not finished
  std::size_t runs = 0;         // those and the finished
  std::string model_text = {};  // of the models' files
  std::string manifest = {};    // empty if nothing is to be done: that of the finished runs stays
};

// What a run is called, alone or among those of several sweeps.
std::string label_of(const Sweep& sweep, const Run& run, bool several);

// Throws UsageError if two sweeps have one name, if a network does not fit its data, and if a
// folder holds results of other settings, of another model or on other data, which --fresh would
// replace; Error if data cannot be read.
std::vector<Plan> make_plans(const std::vector<Sweep>& sweeps, const SweepOptions& options);

// Removes what earlier sweeps left of these runs, and nothing else. Throws Error, and removes
// nothing, if another process is doing one of them.
void remove_old(const std::vector<Plan>& plans);

// How the models' files differ from what the folder's runs were given, which model.txt keeps; "" if
// they do not, or are not here.
std::string other_model(const Sweep& sweep, const std::filesystem::path& folder);

// Which of N shards each run of these sweeps goes to, sweep by sweep; the sweeps are shared out
// together, in whatever order they come.
std::vector<std::vector<std::size_t>> shards_of(const std::vector<Sweep>& sweeps,
                                                std::size_t shards);

}  // namespace fanin
