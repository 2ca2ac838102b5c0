#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "experiments/sweep/plan.hpp"

namespace fanin {

// A run that was not done, and why.
struct Missing {
  std::string run, why;
};

struct PoolResult {
  std::size_t done = 0;
  std::vector<Missing> failed, held;  // held: another process is training them
  bool stopped = false;               // by a signal, before all jobs had ended
};

// Does the jobs in up to `most` processes `fanin train ...` at a time, and shows how it goes. A job
// that fails does not stop the others, and one that another process is doing comes last. After
// SIGINT or SIGTERM the runs finish their step and save it. Another signal at least a second later
// kills them, or else the end of half a minute. `meanwhile` is called repeatedly while they run.
PoolResult run_jobs(const std::vector<Job>& jobs, std::size_t most, Output output,
                    const std::function<void()>& meanwhile);

}  // namespace fanin
