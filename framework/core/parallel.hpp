#pragma once

#include <cstddef>

#include "framework/core/precision.hpp"

// The threads of one run. Work is cut between sums, never through one, so that no number depends
// on how many there are.
namespace fanin::FANIN_PRECISION {

std::size_t usable_cores();  // that this process may run on

// Threads of this run, the caller's among them: 1 until told otherwise, never more than cores.
void set_threads(std::size_t count);
std::size_t thread_count();

// f(context, range) for each range, on whichever thread is free first; returns when all are done,
// and throws what the first of them threw.
void run_ranges(std::size_t ranges, void (*f)(const void* context, std::size_t range),
                const void* context);

// Calls f(first, last) side by side for ranges that together are [0, n), each but the last a
// multiple of `grain` long. f must not call this again.
template <class F>
void parallel_for(std::size_t n, std::size_t grain, const F& f) {
  const std::size_t grains = (n + grain - 1) / grain, threads = thread_count();
  const std::size_t ranges = grains < threads ? grains : threads;
  if (ranges <= 1) return f(std::size_t{0}, n);
  struct Context {
    const F& f;
    std::size_t n, grain, grains, ranges;
    std::size_t start(std::size_t range) const {
      const std::size_t at = grains * range / ranges * grain;
      return at < n ? at : n;
    }
  } context{f, n, grain, grains, ranges};
  run_ranges(
      ranges,
      [](const void* pointer, std::size_t range) {
        const auto& c = *static_cast<const Context*>(pointer);
        c.f(c.start(range), c.start(range + 1));
      },
      &context);
}

}  // namespace fanin::FANIN_PRECISION
