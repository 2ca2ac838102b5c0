#pragma once

#include <array>
#include <csignal>

#include "experiments/task/options.hpp"

namespace fanin {

// Trains from the seed to the last evaluation and returns the exit code, which is 0 for a run that
// diverged, too: that is a result. Throws Error for options or data that do not fit, before it
// writes anything. `once`: does nothing if the log is of this run and has ended.
int run_training(const TrainOptions& options, bool once = false);

// Counts SIGINT, SIGTERM and the signals of schedulers, SIGUSR1 and SIGUSR2, while it lives.
// Signals that the program's caller ignores stay ignored.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  static int count();  // since the program began
  static constexpr std::array numbers = {SIGINT, SIGTERM, SIGUSR1, SIGUSR2};

 private:
  std::array<struct sigaction, numbers.size()> before_{};
};

}  // namespace fanin
