#include "experiments/sweep/pool.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <deque>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "experiments/record/events.hpp"
#include "experiments/run/train.hpp"
#include "experiments/sweep/forecast.hpp"
#include "experiments/sweep/process.hpp"
#include "experiments/sweep/progress.hpp"
#include "experiments/task/models.hpp"
#include "framework/core/error.hpp"
#include "framework/core/text.hpp"

namespace fanin {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int poll_milliseconds = 100;

constexpr std::chrono::seconds grace(30);   // for stopped runs to finish their step
constexpr std::chrono::seconds at_once(1);  // signals this close together count as one

// A run that is being done. Its job must outlive it.
struct Worker {
  explicit Worker(const Job& todo)
      : job(todo), tail(todo.files.growing), process(arguments(todo)) {}

  static std::vector<std::string> arguments(const Job& job) {
    std::vector<std::string> words = train_arguments(options_with_files(job));
    words.insert(words.begin(), {"fanin", "train"});
    words.emplace_back("--once");  // another sweep may finish the run before this one locks its log
    return words;
  }

  void look() {
    try {
      if (!tail.poll()) return;
    } catch (const std::exception&) {
      return;  // the finished log is judged later; only the display misses something
    }
    const RunRecord& record = tail.record();
    status.total_steps = record.start.total_steps;
    if (!record.evaluations.empty()) status.accuracy = record.evaluations.back().test_accuracy;
    if (record.steps.empty()) return;
    const StepLoss& last = record.steps.back();
    status.step = last.step, status.epoch = last.epoch, status.loss = last.loss;
    if (first_step == 0) {
      first_step = last.step, first_seen = Clock::now();
    } else {
      const std::chrono::duration<double> time = Clock::now() - first_seen;
      const auto images = static_cast<double>((last.step - first_step) * job.run->options.batch);
      status.images_per_second = images / time.count();
    }
  }

  double seconds() const { return std::chrono::duration<double>(Clock::now() - started).count(); }

  const Job& job;
  Clock::time_point started = Clock::now();
  LogTail tail;
  Process process;
  RunStatus status{job.label};
  std::size_t first_step = 0;
  Clock::time_point first_seen;
};

// Why a process ended without a finished log: the last line that it printed, or its exit code.
std::string failure(const Process& process, int code) {
  const std::string& line = process.last_line();
  if (code > 128) return fmt::format("killed by signal {}", code - 128);
  if (code == 0) return "its log or its weights were removed during the run";
  if (line.empty()) return fmt::format("ended with code {} and no finished log", code);
  return line.starts_with("fanin: ") ? line.substr(7) : line;
}

void print_run(const Job& job, const RunRecord& record) {
  nlohmann::json line = {{"event", "run"},
                         {"run", job.label},
                         {"status", record.end->status},
                         {"steps", record.end->steps},
                         {"train_seconds", record.end->train_seconds}};
  if (!record.evaluations.empty()) {  // NaN and infinity become null
    line["test_accuracy"] = record.evaluations.back().test_accuracy;
    line["test_loss"] = record.evaluations.back().test_loss;
  }
  show("{}\n", dump_json(line));
}

std::string in_short(const RunRecord& record) {
  const RunEnd& end = *record.end;
  if (record.not_finite && end.status == "diverged")
    return "diverged " + to_string(*record.not_finite);
  if (end.status == "diverged") return fmt::format("diverged at step {}", end.steps);
  const std::string text = fmt::format("{} steps in {:.1f} s", end.steps, end.train_seconds);
  if (record.evaluations.empty()) return text;
  const Evaluation& last = record.evaluations.back();
  return fmt::format("{}, accuracy {:.2f} %, loss {:.4f}", text, 100 * last.test_accuracy,
                     last.test_loss);
}

// Whether a process ended by a signal that a scheduler sends to all processes of a job. This
// process may get it a moment after a run that was still starting.
bool was_told_to_stop(int code) {
  if (std::ranges::none_of(StopSignals::numbers, [&](int signal) { return code == 128 + signal; }))
    return false;
  for (int i = 0; i < 5 && StopSignals::count() == 0; ++i) poll(nullptr, 0, poll_milliseconds);
  return StopSignals::count() > 0;
}

class Pool {
 public:
  Pool(const std::vector<Job>& jobs, std::size_t most, Output output)
      : most_(most), output_(output), progress_(output != Output::text) {
    for (const Job& job : jobs) todo_.push_back(&job);
  }

  PoolResult run(const std::function<void()>& meanwhile) {
    const StopSignals signals;
    while (!todo_.empty() || !workers_.empty()) {
      if (StopSignals::count() > 0 && !stop()) break;
      while (may_start() && start()) {
      }
      wait();
      settle();
      progress_.show(status());
      meanwhile();
    }
    workers_.clear();  // kills what still runs
    progress_.finish();
    return std::move(result_);
  }

 private:
  // Asks the runs to stop. Returns false when their time is over.
  bool stop() {
    if (!result_.stopped) {
      result_.stopped = true, stop_by_ = Clock::now() + grace;
      for (const auto& worker : workers_) worker->process.terminate();
      progress_.report("stopping: each run finishes its step; interrupt again to stop at once");
    }
    // A scheduler may signal the processes and also the script, which passes the signal on.
    if (Clock::now() < stop_by_ - grace + at_once) stop_at_ = StopSignals::count();
    return !workers_.empty() && Clock::now() < stop_by_ && StopSignals::count() == stop_at_;
  }

  bool may_start() const {
    if (result_.stopped || todo_.empty() || workers_.size() == most_) return false;
    return !deferred_.contains(todo_.front()) || workers_.empty();
  }

  // Begins the next job. Returns false if memory, files or processes are short until a run ends.
  bool start() {
    const Job& job = *todo_.front();
    todo_.pop_front();
    try {
      begin(job);
    } catch (const std::exception& error) {
      if (is_shortage(error) && !workers_.empty()) {
        todo_.push_front(&job);
        return false;
      }
      fail(job, message_of(error));
    }
    return true;
  }

  // Starts a job unless another process has done it meanwhile or is doing it. A model file must not
  // change during the sweep.
  void begin(const Job& job) {
    const Standing there = standing(job.files, job.expected, Depth::curves);
    const std::string& model = job.run->options.model;
    if (there.state == State::done) {
      ++result_.done;
    } else if (there.state == State::another) {  // another sweep may use the folder now
      fail(job, refusal(job, there));
    } else if (model_file_sha256(model) != job.expected.model) {
      fail(job, model + " changed during the sweep");
    } else if (there.holder.empty()) {
      for (const auto& [file, expected] : other_files(job.files)) rename_aside(file, ".damaged");
      workers_.push_back(std::make_unique<Worker>(job));
    } else if (deferred_.insert(&job).second) {
      todo_.push_back(&job);
    } else {
      result_.held.push_back({job.label, there.holder});
    }
  }

  // Waits a moment, or until a process prints or ends.
  void wait() const {
    std::vector<pollfd> pipes;
    for (const auto& worker : workers_) pipes.push_back({worker->process.descriptor(), POLLIN, 0});
    poll(pipes.data(), pipes.size(), poll_milliseconds);
  }

  void settle() {
    std::erase_if(workers_, [this](const std::unique_ptr<Worker>& worker) {
      worker->look();
      const std::optional<int> code = worker->process.poll();
      const Job& job = worker->job;
      for (const std::string& warning : worker->process.take_warnings())
        if (output_ == Output::text)
          progress_.report(fmt::format("{}  warning: {}", job.label, warning));
        else
          say("fanin: warning: {}: {}\n", job.label, warning);
      if (!code) return false;
      try {
        settle(*worker, *code);
      } catch (const std::exception& error) {
        fail(job, message_of(error));
      }
      return true;
    });
  }

  // Records how a run ended, once its process has ended.
  void settle(const Worker& worker, int code) {
    const Job& job = worker.job;
    // After a failure, a log in this place is an old one.
    const Standing there =
        code == 0 ? standing(job.files, job.expected, Depth::curves) : Standing();
    const bool is_other = there.state == State::another;
    if (is_other) rename_aside(job.files.log, ".other-" + there.differs);
    if (there.state == State::done) {
      forecast_.ended(job.cost, worker.seconds());
      progress_.report(fmt::format("{}  {}", job.label, in_short(*there.record)));
      if (output_ == Output::json) print_run(job, *there.record);
      ++result_.done;
    } else if (result_.stopped) {
      return;
    } else if (was_told_to_stop(code)) {
      todo_.push_front(&job);  // the loop calls stop() next
    } else if (failure(worker.process, code).ends_with(being_written)) {
      deferred_.insert(&job);  // another sweep began it at the same moment
      todo_.push_back(&job);
    } else {
      fail(job, is_other ? fmt::format("its {} changed during the sweep", there.differs)
                         : failure(worker.process, code));
    }
  }

  void fail(const Job& job, const std::string& why) {
    result_.failed.push_back({job.label, why});
    progress_.report(fmt::format("{}  failed: {}", job.label, why));
    if (output_ == Output::json)
      show("{}\n",
           dump_json({{"event", "run"}, {"run", job.label}, {"status", "failed"}, {"why", why}}));
    if (output_ == Output::quiet) say("fanin: {} failed: {}\n", job.label, why);
  }

  SweepStatus status() const {
    SweepStatus status{{}, result_.done, result_.failed.size(), todo_.size()};
    std::vector<Forecast::Running> running;
    for (const auto& worker : workers_) {
      const RunStatus& now = status.running.emplace_back(worker->status);
      const double steps = static_cast<double>(std::max<std::size_t>(now.total_steps, 1));
      running.push_back(
          {worker->job.cost, worker->seconds(), static_cast<double>(now.step) / steps});
    }
    std::vector<double> to_come;
    for (const Job* job : todo_) to_come.push_back(job->cost);
    status.seconds_left = forecast_.seconds_left(running, to_come, most_);
    return status;
  }

  std::deque<const Job*> todo_;
  std::set<const Job*> deferred_;  // another process was training them when their turn came
  std::size_t most_;
  Output output_;
  std::vector<std::unique_ptr<Worker>> workers_;
  PoolResult result_;
  Forecast forecast_;
  Clock::time_point stop_by_;
  int stop_at_ = 0;
  Progress progress_;
};

}  // namespace

PoolResult run_jobs(const std::vector<Job>& jobs, std::size_t most, Output output,
                    const std::function<void()>& meanwhile) {
  setenv("OPENBLAS_NUM_THREADS", "1", 1);  // else each run starts a thread for each core
  return Pool(jobs, most, output).run(meanwhile);
}

}  // namespace fanin
