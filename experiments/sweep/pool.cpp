#include "experiments/sweep/pool.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "experiments/record/json_text.hpp"
#include "experiments/run/stop_signals.hpp"
#include "experiments/sweep/forecast.hpp"
#include "experiments/sweep/process.hpp"
#include "experiments/sweep/progress.hpp"
#include "framework/core/error.hpp"
#include "framework/core/say.hpp"

namespace fanin {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int poll_milliseconds = 100;
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

constexpr std::chrono::seconds grace(30);   // for runs to finish their step once stopped
constexpr std::chrono::seconds at_once(1);  // signals this close together are one

// A run that is being done.
struct Worker {
  explicit Worker(const Job& todo)  // which must outlive it
      : job(todo),
        tail(todo.files.growing),
        process(this_program, arguments(todo), {"OPENBLAS_NUM_THREADS=1"}) {
  }  // it would start one for each core

  static std::vector<std::string> arguments(const Job& job) {
    std::vector<std::string> words = train_arguments(options_with_files(job));
    words.insert(words.begin(), {"fanin", "train"});
    words.emplace_back("--once");  // another sweep may end it before this one has its lock
    return words;
  }

  void look() {
    try {
      if (!tail.poll() || tail.record().steps.empty()) return;
    } catch (const std::exception&) {
      return;  // only the display is poorer; the finished log is judged when it is read again
    }
    const std::size_t step = tail.record().steps.back().step;
    if (first_step == 0) {
      first_step = step;
      first_seen = Clock::now();
    } else {
      const std::chrono::duration<double> time = Clock::now() - first_seen;
      const auto images = static_cast<double>((step - first_step) * job.run->options.batch);
      images_per_second = images / time.count();
    }
  }

  RunStatus status() const {
    const RunRecord& record = tail.record();
    RunStatus status{job.label,        1, 0, record.start.total_steps, not_a_number, not_a_number,
                     images_per_second};
    if (!record.steps.empty()) {
      status.epoch = record.steps.back().epoch;
      status.step = record.steps.back().step;
      status.loss = record.steps.back().loss;
      for (const StepLoss& at : record.steps) status.losses.push_back(at.loss);
    }
    if (!record.evaluations.empty()) status.accuracy = record.evaluations.back().test_accuracy;
    return status;
  }

  double seconds() const { return std::chrono::duration<double>(Clock::now() - started).count(); }

  const Job& job;
  Clock::time_point started = Clock::now();
  LogTail tail;
  Process process;
  std::size_t first_step = 0;
  Clock::time_point first_seen;
  double images_per_second = not_a_number;
};

// Why a process that left no finished log ended: the last thing it said, else its exit code.
std::string failure(const Process& process, int code) {
  std::string output = process.output();
  output.erase(output.find_last_not_of(" \r\n") + 1);
  if (code > 128) return fmt::format("killed by signal {}", code - 128);
  if (code == 0) return "its log or its weights were removed under way";
  if (output.empty()) return fmt::format("ended with code {} and no finished log", code);
  std::string line = output.substr(output.rfind('\n') + 1);
  return line.starts_with("fanin: ") ? line.substr(7) : line;
}

// Whether a process ended by a signal that tells all of a job's processes to stop. A scheduler
// sends it to each, and ours may come a moment after that of a run which was still starting.
bool was_told_to_stop(int code) {
  if (std::ranges::none_of(StopSignals::numbers, [&](int signal) { return code == 128 + signal; }))
    return false;
  for (int i = 0; i < 5 && StopSignals::count() == 0; ++i) poll(nullptr, 0, poll_milliseconds);
  return StopSignals::count() > 0;
}

// Works through jobs with so many processes at a time.
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
  // Asks the runs to stop; false once they have had their time.
  bool stop() {
    if (!result_.stopped) {
      result_.stopped = true, stop_by_ = Clock::now() + grace;
      for (const auto& worker : workers_) worker->process.terminate();
      progress_.report("stopping: each run finishes its step; once more stops at once");
    }
    // A scheduler may signal a job's processes and its script, which passes it on: that is once.
    if (Clock::now() < stop_by_ - grace + at_once) stop_at_ = StopSignals::count();
    return !workers_.empty() && Clock::now() < stop_by_ && StopSignals::count() == stop_at_;
  }

  bool may_start() const {
    if (result_.stopped || todo_.empty() || workers_.size() == most_) return false;
    return !deferred_.contains(todo_.front()) || workers_.empty();
  }

  // Begins with the next job. False: memory, files or processes are short until a run has ended.
  bool start() {
    const Job& job = *todo_.front();
    todo_.pop_front();
    try {
      begin(job);
      return true;
    } catch (const std::exception& error) {
      const bool later = is_shortage(error) && !workers_.empty();
      if (later)
        todo_.push_front(&job);
      else
        fail(job, message_of(error));
      return !later;
    }
  }

  // Starts a job, unless another process has done it meanwhile or is at it. The sweep trains the
  // model that it began with.
  void begin(const Job& job) {
    const Standing there = standing(job.files, job.expected, Depth::curves);
    if (there.state == State::done) {
      ++result_.done;
      return;
    }
    // Another sweep may have come into the folder.
    std::string reason = there.state == State::another ? refusal(job, there) : "";
    if (reason.empty()) reason = change_of_model(job);
    if (!reason.empty()) {
      fail(job, reason);
      return;
    }
    const std::string holder = writer_of(job.files.growing);
    if (holder.empty()) {
      set_damaged_aside(job.files, job.expected.keeps_weights);
      workers_.push_back(std::make_unique<Worker>(job));
    } else if (deferred_.insert(&job).second) {
      todo_.push_back(&job);
    } else {
      result_.held.push_back({job.label, holder});
    }
  }

  // Until a process prints or ends, or a little while. One that has closed its pipe ends at once.
  void wait() {
    std::vector<pollfd> pipes;
    for (const auto& worker : workers_) pipes.push_back({worker->process.descriptor(), POLLIN, 0});
    const bool ending = std::ranges::any_of(pipes, [](const pollfd& p) { return p.fd < 0; });
    poll(pipes.data(), pipes.size(), ending ? 1 : poll_milliseconds);
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

  // What became of a run whose process has ended.
  void settle(const Worker& worker, int code) {
    const Job& job = worker.job;
    // A log may be there from before.
    const Standing there =
        code == 0 ? standing(job.files, job.expected, Depth::curves) : Standing();
    std::string strange = there.state == State::another ? there.differs : "";
    if (!strange.empty()) rename_aside(job.files.log, ".other-" + strange);
    if (there.state == State::done) {
      forecast_.ended(job.cost, worker.seconds());
      progress_.report(fmt::format("{}  {}", job.label, in_short(*there.record)));
      if (output_ == Output::json) print_run(job, *there.record);
      ++result_.done;
    } else if (!result_.stopped) {
      if (was_told_to_stop(code)) {
        todo_.push_front(&job);  // and stop() is next
      } else if (failure(worker.process, code).ends_with(being_written)) {
        deferred_.insert(&job);  // another sweep took it in the same moment
        todo_.push_back(&job);
      } else {
        fail(job, strange.empty() ? failure(worker.process, code)
                                  : fmt::format("its {} changed under way", strange));
      }
    }
  }

  void fail(const Job& job, const std::string& why) {
    result_.failed.push_back({job.label, why});
    progress_.report(fmt::format("{}  failed: {}", job.label, why));
    if (output_ == Output::json)
      print_json({{"event", "run"}, {"run", job.label}, {"status", "failed"}, {"why", why}});
    if (output_ == Output::quiet) say("fanin: {} failed: {}\n", job.label, why);
  }

  static void print_run(const Job& job, const RunRecord& record) {
    const RunEnd& end = *record.end;
    nlohmann::json line = {{"event", "run"},
                           {"run", job.label},
                           {"status", end.status},
                           {"steps", end.steps},
                           {"train_seconds", end.train_seconds}};
    if (!record.evaluations.empty()) {  // what is not finite becomes null
      line["test_accuracy"] = record.evaluations.back().test_accuracy;
      line["test_loss"] = record.evaluations.back().test_loss;
    }
    print_json(line);
  }

  static std::string in_short(const RunRecord& record) {
    const RunEnd& end = *record.end;
    if (end.status == "diverged")
      return record.not_finite ? "diverged " + to_string(*record.not_finite)
                               : fmt::format("diverged at step {}", end.steps);
    std::string text = fmt::format("{} steps in {:.1f} s", end.steps, end.train_seconds);
    if (!record.evaluations.empty())
      text += fmt::format(", accuracy {:.2f} %, loss {:.4f}",
                          100 * record.evaluations.back().test_accuracy,
                          record.evaluations.back().test_loss);
    return text;
  }

  SweepStatus status() const {
    SweepStatus status{{}, result_.done, result_.failed.size(), todo_.size(), not_a_number};
    std::vector<Forecast::Running> running;
    for (const auto& worker : workers_) {
      status.running.push_back(worker->status());
      const RunStatus& now = status.running.back();
      const double steps = static_cast<double>(now.total_steps);
      running.push_back({worker->job.cost, worker->seconds(),
                         steps > 0 ? static_cast<double>(now.step) / steps : 0});
    }
    std::vector<double> to_come;
    for (const Job* job : todo_) to_come.push_back(job->cost);
    status.seconds_left = forecast_.seconds_left(running, to_come, most_);
    return status;
  }

  std::deque<const Job*> todo_;
  std::set<const Job*> deferred_;  // another process was at them when their turn came
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

void print_json(const nlohmann::json& line) { show("{}\n", dump_json(line)); }

PoolResult run_jobs(const std::vector<Job>& jobs, std::size_t most, Output output,
                    const std::function<void()>& meanwhile) {
  return Pool(jobs, most, output).run(meanwhile);
}

}  // namespace fanin
