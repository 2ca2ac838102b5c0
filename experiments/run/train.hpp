#pragma once

#include "experiments/task/options.hpp"

namespace fanin {

// Trains once, from the seed to the last evaluation, and returns the exit code: 0 for a run that
// diverged, too, which is a result. Throws Error for options or data that do not fit, before it
// writes anything. `once`: does nothing if the log is this run's and has come to its end.
int run_training(const TrainOptions& options, bool once = false);

}  // namespace fanin
