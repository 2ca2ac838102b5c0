#include "framework/core/parallel.hpp"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

namespace fanin::inline FANIN_PRECISION {
namespace {

// A training step has hundreds of short tasks: threads look this often before they sleep.
constexpr int looks = 20'000;

// Waits until `value` is no longer `old`.
template <class T>
void wait_for_change(const std::atomic<T>& value, T old) {
  for (int i = 0; i < looks; ++i) {
    if (value.load(std::memory_order_acquire) != old) return;
#ifdef __x86_64__
    __builtin_ia32_pause();
#endif
  }
  value.wait(old, std::memory_order_acquire);
}

// Threads that take part in one task after another, the i-th in its range i + 1.
class Team {
 public:
  explicit Team(std::size_t threads) : errors_(threads) {
    for (std::size_t i = 1; i < threads; ++i) threads_.emplace_back([this, i] { work(i); });
  }
  ~Team() {
    call({nullptr, nullptr, 0});
    for (std::thread& thread : threads_) thread.join();
  }
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  struct Task {
    void (*f)(const void*, std::size_t);
    const void* context;
    std::size_t ranges;
  };

  void run(const Task& task) {
    busy_.store(threads_.size(), std::memory_order_relaxed);
    call(task);
    attempt(0);
    for (std::size_t left; (left = busy_.load(std::memory_order_acquire)) > 0;)
      wait_for_change(busy_, left);
    std::exception_ptr first;  // of them all, so that none is left for a later task
    for (std::exception_ptr& error : errors_)
      if (auto next = std::exchange(error, nullptr); next && !first) first = next;
    if (first) std::rethrow_exception(first);
  }

 private:
  void call(const Task& task) {
    task_ = task;
    number_.fetch_add(1, std::memory_order_release);
    number_.notify_all();
  }

  void attempt(std::size_t range) {
    try {
      task_.f(task_.context, range);
    } catch (...) {
      errors_[range] = std::current_exception();
    }
  }

  void work(std::size_t range) {
    for (std::uint32_t seen = 0;; ++seen) {
      wait_for_change(number_, seen);
      if (task_.f == nullptr) return;
      if (range < task_.ranges) attempt(range);
      if (busy_.fetch_sub(1, std::memory_order_release) == 1) busy_.notify_one();
    }
  }

  Task task_{};
  std::atomic<std::uint32_t> number_ = 0;   // of tasks called
  std::atomic<std::size_t> busy_ = 0;       // threads not yet done with the last one
  std::vector<std::exception_ptr> errors_;  // of each range
  std::vector<std::thread> threads_;
};

std::unique_ptr<Team>& team() {
  static std::unique_ptr<Team> instance;
  return instance;
}

std::size_t threads = 1;

}  // namespace

std::size_t usable_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return static_cast<std::size_t>(std::max(1, CPU_COUNT(&set)));
}

void set_threads(std::size_t count) {
  count = std::clamp<std::size_t>(count, 1, usable_cores());
  if (count == threads) return;
  team() = count > 1 ? std::make_unique<Team>(count) : nullptr;
  threads = count;
}

std::size_t thread_count() { return threads; }

void run_ranges(std::size_t ranges, void (*f)(const void*, std::size_t), const void* context) {
  team()->run({f, context, ranges});
}

}  // namespace fanin::inline FANIN_PRECISION
