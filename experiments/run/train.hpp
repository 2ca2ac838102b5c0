#pragma once

#include "experiments/task/options.hpp"

namespace fanin {

// One training run from its seed to its last evaluation: reads the data, builds the model,
// initialises it, trains, logs. Returns the exit code; a run that diverged is a result and returns
// 0. Throws Error for options or data that do not fit, before anything is written. `once`: does
// nothing where the log is that of this run and has come to its end.
int run_training(const TrainOptions& options, bool once = false);

}  // namespace fanin
