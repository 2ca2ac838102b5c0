#include "experiments/sweep/pool.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "experiments/report/summary.hpp"
#include "experiments/sweep/process.hpp"
#include "experiments/sweep/progress.hpp"
#include "framework/core/error.hpp"

namespace fanin {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int poll_milliseconds = 100;
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

volatile std::sig_atomic_t stopped = 0;

// Notes SIGINT and SIGTERM while it lives, unless the caller of the program ignores them.
class StopSignals {
 public:
  StopSignals() {
    struct sigaction action {};
    action.sa_handler = [](int) { stopped = 1; };
    for (std::size_t i = 0; i < stop_signals.size(); ++i) {
      sigaction(stop_signals[i], nullptr, &before_[i]);
      if (before_[i].sa_handler != SIG_IGN) sigaction(stop_signals[i], &action, nullptr);
    }
  }
  ~StopSignals() {
    for (std::size_t i = 0; i < stop_signals.size(); ++i)
      sigaction(stop_signals[i], &before_[i], nullptr);
  }
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

 private:
  static constexpr std::array<int, 2> stop_signals = {SIGINT, SIGTERM};
  std::array<struct sigaction, 2> before_{};
};

// A run that is being done.
struct Worker {
  explicit Worker(const Job& todo)
      : job(todo),
        tail(growing_log_path(*todo.run, todo.folder)),
        process(this_program, arguments(todo), {"OPENBLAS_NUM_THREADS=1"}) {
  }  // it would start one for each core

  static std::vector<std::string> arguments(const Job& job) {
    TrainOptions options = job.run->options;
    options.log = log_path(*job.run, job.folder).string();
    if (job.keep_weights) options.save = weights_path(*job.run, job.folder).string();
    std::vector<std::string> words = train_arguments(options);
    words.insert(words.begin(), {"fanin", "train"});
    return words;
  }

  void look() {
    try {
      if (!tail.poll() || tail.record().steps.empty()) return;
    } catch (const Error&) {
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
    RunStatus status{job.label,        1, 0, record.total_steps, not_a_number, not_a_number,
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

  Job job;
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
  if (output.empty()) return fmt::format("ended with code {} and no finished log", code);
  std::string line = output.substr(output.rfind('\n') + 1);
  return line.starts_with("fanin: ") ? line.substr(7) : line;
}

// Works through jobs with so many processes at a time.
class Pool {
 public:
  Pool(const std::vector<Job>& jobs, std::size_t most, Output output)
      : jobs_(jobs), most_(most), output_(output), progress_(output != Output::text) {}

  PoolResult run(const std::function<void()>& meanwhile) {
    const StopSignals signals;
    while (!stopped && (next_ < jobs_.size() || !workers_.empty())) {
      while (next_ < jobs_.size() && workers_.size() < most_) start(jobs_[next_++]);
      wait();
      settle();
      progress_.show(status());
      meanwhile();
    }
    workers_.clear();  // kills what still runs
    progress_.finish();
    return {done_, failed_, stopped != 0};
  }

 private:
  void start(const Job& job) { workers_.push_back(std::make_unique<Worker>(job)); }

  // Until a process prints or ends, or a little while.
  void wait() {
    std::vector<pollfd> pipes;
    for (const auto& worker : workers_) pipes.push_back({worker->process.descriptor(), POLLIN, 0});
    poll(pipes.data(), pipes.size(), poll_milliseconds);
  }

  void settle() {
    std::erase_if(workers_, [this](const std::unique_ptr<Worker>& worker) {
      worker->look();
      const std::optional<int> code = worker->process.poll();
      if (!code || stopped) return false;
      const Job& job = worker->job;
      const auto record = find_record(*job.run, job.folder);
      if (record && record->end->status != "failed") {
        ++done_;
        ended_steps_ += record->total_steps;
        progress_.report(fmt::format("{}  {}", job.label, in_short(*record)));
        if (output_ == Output::json) print_run(job, *record);
      } else {
        ++failed_;
        const std::string why = failure(worker->process, *code);
        progress_.report(fmt::format("{}  failed: {}", job.label, why));
        if (output_ == Output::json)
          print_json({{"event", "run"}, {"run", job.label}, {"status", "failed"}, {"why", why}});
        if (output_ == Output::quiet) fmt::print(stderr, "fanin: {} failed: {}\n", job.label, why);
      }
      return true;
    });
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
    if (end.status == "diverged") return fmt::format("diverged at step {}", end.steps);
    std::string text = fmt::format("{} steps in {:.1f} s", end.steps, end.train_seconds);
    if (!record.evaluations.empty())
      text += fmt::format(", accuracy {:.2f} %, loss {:.4f}",
                          100 * record.evaluations.back().test_accuracy,
                          record.evaluations.back().test_loss);
    return text;
  }

  SweepStatus status() const {
    SweepStatus status{{}, done_, failed_, jobs_.size() - next_, not_a_number};
    std::size_t done_steps = ended_steps_, total_steps = ended_steps_, known = done_;
    for (const auto& worker : workers_) {
      status.running.push_back(worker->status());
      done_steps += status.running.back().step;
      total_steps += status.running.back().total_steps;
      known += status.running.back().total_steps > 0;
    }
    if (done_steps > 0) {  // those not yet known are taken to be as long as the others
      const auto unknown = static_cast<double>(jobs_.size() - failed_ - known);
      const auto total = static_cast<double>(total_steps);
      const auto done = static_cast<double>(done_steps);
      const std::chrono::duration<double> elapsed = Clock::now() - begin_;
      const double all = total * (1 + unknown / static_cast<double>(known));
      status.seconds_left = elapsed.count() * (all - done) / done;
    }
    return status;
  }

  const std::vector<Job>& jobs_;
  std::size_t most_, next_ = 0;
  Output output_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::size_t done_ = 0, failed_ = 0, ended_steps_ = 0;
  Clock::time_point begin_ = Clock::now();
  Progress progress_;
};

}  // namespace

void print_json(const nlohmann::json& line) {
  fmt::print("{}\n", line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  std::fflush(stdout);
}

PoolResult run_jobs(const std::vector<Job>& jobs, std::size_t most, Output output,
                    const std::function<void()>& meanwhile) {
  return Pool(jobs, most, output).run(meanwhile);
}

}  // namespace fanin
