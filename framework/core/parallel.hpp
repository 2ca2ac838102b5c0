#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>

#include "framework/core/precision.hpp"

// The threads of one run. Each sum is computed by one thread, so that no number depends on how many
// threads there are.
namespace fanin::FANIN_PRECISION {

std::size_t usable_cores();  // that this process may run on

// The threads of this run, including the caller's: 1 at first, and never more than usable cores.
void set_threads(std::size_t count);
std::size_t thread_count();

// Sets the threads, and sets them back at the end of the scope.
class UseThreads {
 public:
  explicit UseThreads(std::size_t count) { set_threads(count); }
  ~UseThreads() { set_threads(before_); }
  UseThreads(const UseThreads&) = delete;
  UseThreads& operator=(const UseThreads&) = delete;

 private:
  std::size_t before_ = thread_count();
};

// Runs f(range) for all ranges on free threads, then rethrows the error of the lowest that threw.
void run_ranges(std::size_t ranges, const std::function<void(std::size_t range)>& f);

// Calls f(first, last) in parallel for ranges that make up [0, n); each except the last has a
// multiple of `grain` numbers. f must not call this again.
template <class F>
void parallel_for(std::size_t n, std::size_t grain, const F& f) {
  const std::size_t grains = (n + grain - 1) / grain, ranges = std::min(grains, thread_count());
  if (ranges <= 1) return f(std::size_t{0}, n);
  const auto start = [=](std::size_t range) {
    return std::min(grains * range / ranges * grain, n);
  };
  const auto run = [&](std::size_t range) { f(start(range), start(range + 1)); };
  run_ranges(ranges, std::cref(run));  // a copy would allocate memory
}

}  // namespace fanin::FANIN_PRECISION
