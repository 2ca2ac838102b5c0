#pragma once

#include <array>
#include <csignal>

namespace fanin {

// Counts SIGINT and SIGTERM while it lives, and SIGUSR1 and SIGUSR2, which schedulers send, except
// for those that the caller of the program ignores.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  static int count();  // how many have come since the program began
  static constexpr std::array numbers = {SIGINT, SIGTERM, SIGUSR1, SIGUSR2};

 private:
  std::array<struct sigaction, numbers.size()> before_{};
};

}  // namespace fanin
