#include "framework/core/parallel.hpp"

#include <sched.h>

#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace fanin::FANIN_PRECISION {
namespace {

// A training step has hundreds of short tasks, so threads look this often before they sleep. If
// they looked longer, they would hold a core that another thread wants, perhaps the missing one.
constexpr int looks = 4000;

// Waits until `value` is no longer `old`.
void wait_for_change(const std::atomic<std::uint32_t>& value, std::uint32_t old) {
  for (int i = 0; i < looks; ++i) {
    if (value.load(std::memory_order_acquire) != old) return;
#ifdef __x86_64__
    __builtin_ia32_pause();
#endif
  }
  value.wait(old, std::memory_order_acquire);
}

// Threads that share one task after another. Any thread takes the next range, so that nobody waits
// for a thread that has no core.
class Team {
 public:
  explicit Team(std::size_t threads) {
    threads_.reserve(threads);
    try {
      for (std::size_t i = 1; i < threads; ++i) threads_.emplace_back([this] { work(); });
    } catch (const std::system_error&) {  // fewer threads do the same work
    }
  }
  ~Team() {
    call(nullptr, threads_.size());
    for (std::thread& thread : threads_) thread.join();
  }
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  using Task = std::function<void(std::size_t)>;

  void run(const Task& task, std::size_t ranges) {
    errors_.resize(std::max(errors_.size(), ranges));
    call(&task, ranges);
    for (std::uint32_t left; (left = take()) > 0;) attempt(left);
    for (std::uint32_t left; (left = unfinished_.load(std::memory_order_acquire)) > 0;)
      wait_for_change(unfinished_, left);
    std::exception_ptr first;
    for (std::exception_ptr& error : errors_)
      if (auto next = std::exchange(error, nullptr); next && !first) first = next;
    if (first) std::rethrow_exception(first);
  }

 private:
  void call(const Task* task, std::size_t ranges) {
    task_ = task;
    ranges_ = ranges;
    unfinished_.store(static_cast<std::uint32_t>(ranges), std::memory_order_relaxed);
    untaken_.store(static_cast<std::uint32_t>(ranges), std::memory_order_release);
    untaken_.notify_all();
  }

  // How many ranges were left when this thread took one, or 0. The task cannot change before that
  // range is finished, so a thread that took one may read it.
  std::uint32_t take() {
    std::uint32_t left = untaken_.load(std::memory_order_relaxed);
    while (left > 0 && !untaken_.compare_exchange_weak(left, left - 1, std::memory_order_acquire,
                                                       std::memory_order_relaxed)) {
    }
    return left;
  }

  void attempt(std::uint32_t left) {
    const std::size_t range = ranges_ - left;
    try {
      (*task_)(range);
    } catch (...) {
      errors_[range] = std::current_exception();
    }
    if (unfinished_.fetch_sub(1, std::memory_order_release) == 1) unfinished_.notify_one();
  }

  void work() {
    for (;;) {
      wait_for_change(untaken_, 0);
      const std::uint32_t left = take();
      if (left == 0) continue;
      if (!task_) return;
      attempt(left);
    }
  }

  const Task* task_ = nullptr;
  std::size_t ranges_ = 0;
  std::atomic<std::uint32_t> untaken_ = 0, unfinished_ = 0;  // ranges of the task
  std::vector<std::exception_ptr> errors_;                   // of each range
  std::vector<std::thread> threads_;
};

std::unique_ptr<Team> team;
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
  team = count > 1 ? std::make_unique<Team>(count) : nullptr;
  threads = count;
}

std::size_t thread_count() { return threads; }

void run_ranges(std::size_t ranges, const std::function<void(std::size_t)>& f) {
  team->run(f, ranges);
}

}  // namespace fanin::FANIN_PRECISION
