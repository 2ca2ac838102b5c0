#pragma once

#include "experiments/task/options.hpp"

namespace fanin {

// Trains from the seed to the last evaluation and returns the exit code, which is 0 for a run that
// diverged, too: that is a result. Throws Error for options or data that do not fit, before it
// writes anything. `once`: does nothing if the log is of this run and has ended.
int run_training(const TrainOptions& options, bool once = false);

}  // namespace fanin
