#pragma once

#include <vector>

#include "experiments/sweep/plan.hpp"

namespace fanin {

// Trains what is not finished yet, each run in a process `fanin train ...` of its own, and writes
// the summaries into <out>/<name>/; the last of several shards does that. Returns the exit code.
int run_sweeps(const std::vector<Sweep>& sweeps, const SweepOptions& options);

}  // namespace fanin
