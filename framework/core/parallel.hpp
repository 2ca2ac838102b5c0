#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>

#include "framework/core/precision.hpp"

// The threads of one run. Work is cut between sums, never through one, so that no number depends
// on how many there are.
namespace fanin::FANIN_PRECISION {

std::size_t usable_cores();  // that this process may run on

// Threads of this run, the caller's among them: 1 until told otherwise, never more than cores.
void set_threads(std::size_t count);
std::size_t thread_count();

// Runs f(range) for all ranges on the threads that are free, then throws what the first one threw.
void run_ranges(std::size_t ranges, const std::function<void(std::size_t range)>& f);

// Calls f(first, last) side by side for ranges that together are [0, n), each but the last a
// multiple of `grain` long. f must not call this again.
template <class F>
void parallel_for(std::size_t n, std::size_t grain, const F& f) {
  const std::size_t grains = (n + grain - 1) / grain, ranges = std::min(grains, thread_count());
  if (ranges <= 1) return f(std::size_t{0}, n);
  const auto start = [=](std::size_t range) {
    return std::min(grains * range / ranges * grain, n);
  };
  const auto run = [&](std::size_t range) { f(start(range), start(range + 1)); };
  run_ranges(ranges, std::cref(run));  // a reference, as a copy would ask for memory
}

}  // namespace fanin::FANIN_PRECISION
