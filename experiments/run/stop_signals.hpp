#pragma once

#include <array>
#include <csignal>

namespace fanin {

// Notes SIGINT and SIGTERM while it lives, unless the caller of the program ignores them.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  static int count();  // how many have come since the program began

 private:
  static constexpr std::array<int, 2> numbers = {SIGINT, SIGTERM};
  std::array<struct sigaction, 2> before_{};
};

}  // namespace fanin
