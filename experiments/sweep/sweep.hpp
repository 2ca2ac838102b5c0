#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "experiments/specs/spec.hpp"
#include "experiments/sweep/pool.hpp"

namespace fanin {

// The I-th of N parts of some runs, counted from 1.
struct Shard {
  std::size_t number = 1, of = 1;
};

// Reads "I/N"; throws UsageError unless it is that with 1 <= I <= N.
Shard parse_shard(const std::string& text);

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
