#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "experiments/sweep/plan.hpp"

namespace fanin {

// A run that was not done, and why not.
struct Missing {
  std::string run, why;
};

struct PoolResult {
  std::size_t done = 0;
  std::vector<Missing> failed, held;  // held: by another process, which is doing them
  bool stopped = false;               // by a signal, before all jobs had ended
};

// Works through the jobs, `most` processes `fanin train ...` at a time, and tells how it goes. A
// job that fails does not stop the others, and one that another process is doing comes last. SIGINT
// or SIGTERM has the runs finish their step and save it; another signal a second later, or half a
// minute, kills them. `meanwhile` is called again and again while they run.
PoolResult run_jobs(const std::vector<Job>& jobs, std::size_t most, Output output,
                    const std::function<void()>& meanwhile);

}  // namespace fanin
