#pragma once

#include <array>
#include <csignal>

namespace fanin {

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
