#include "experiments/run/stop_signals.hpp"

namespace fanin {
namespace {

volatile std::sig_atomic_t came = 0;

}  // namespace

StopSignals::StopSignals() {
  struct sigaction action {};
  action.sa_handler = [](int) { came = came + 1; };
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    sigaction(numbers[i], nullptr, &before_[i]);
    if (before_[i].sa_handler != SIG_IGN) sigaction(numbers[i], &action, nullptr);
  }
}

StopSignals::~StopSignals() {
  for (std::size_t i = 0; i < numbers.size(); ++i) sigaction(numbers[i], &before_[i], nullptr);
}

int StopSignals::count() { return came; }

}  // namespace fanin
