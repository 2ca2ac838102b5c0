#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

#include "experiments/specs/spec.hpp"
#include "experiments/sweep/pool.hpp"
#include "experiments/sweep/shards.hpp"

namespace fanin {

struct SweepOptions {
  std::filesystem::path out = "results";
  std::size_t jobs = 0;  // runs side by side; 0: as many as this process may use cores
  Shard shard;
  bool fresh = false;  // first remove what earlier sweeps left of these runs
  bool print_tables = true;
  Output output = Output::text;
};

// Runs what is not finished yet, each run as a process `fanin train ...` of its own, and summarises
// into <out>/<name>/; of several shards that is left to the last. Returns the exit code.
int run_sweeps(const std::vector<Sweep>& sweeps, const SweepOptions& options);

}  // namespace fanin
