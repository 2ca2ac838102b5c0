#include "experiments/cli/command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>

#include "experiments/specs/spec.hpp"
#include "experiments/sweep/plan.hpp"
#include "framework/core/error.hpp"
#include "framework/core/text.hpp"

namespace fanin {
namespace {

enum class Phase { done, running, stopped, failed, missing };

struct RunState {
  Job job;
  Standing there;

  Phase phase() const {
    if (there.state == State::done) return Phase::done;
    if (!there.holder.empty()) return Phase::running;
    return there.state == State::failed  ? Phase::failed
           : there.state == State::begun ? Phase::stopped
                                         : Phase::missing;
  }
  bool is_to_do() const { return phase() >= Phase::stopped; }
  std::string command() const { return command_line(options_with_files(job)) + " --once"; }

  std::string note() const {  // how far it is or came
    std::string steps;
    if ((there.state == State::running || there.state == State::begun) && there.record)
      steps = fmt::format("step {} of {}",
                          there.record->steps.empty() ? 0 : there.record->steps.back().step,
                          there.record->start.total_steps);
    if (phase() == Phase::running)
      return steps.empty() ? there.holder : steps + ", " + there.holder;
    if (there.state == State::begun) return "stopped" + (steps.empty() ? "" : " at " + steps);
    return phase() == Phase::done ? "" : there.why;
  }
};

std::size_t count(const std::vector<RunState>& runs, Phase phase) {
  return static_cast<std::size_t>(std::ranges::count(runs, phase, &RunState::phase));
}

std::vector<RunState> states_of(const Sweep& sweep, const std::filesystem::path& folder) {
  std::vector<RunState> runs;
  for (const Run& run : sweep.runs) {
    const Job job = make_job(sweep, run, folder);
    runs.push_back({job, standing(job.files, job.expected, Depth::ends)});
  }
  if (rows_of(folder / summary_file) < count(runs, Phase::done))  // a log may be damaged
    for (RunState& run : runs)
      if (run.phase() == Phase::done)
        run.there = standing(run.job.files, run.job.expected, Depth::sealed);
  return runs;
}

void print_table(const std::filesystem::path& folder, const std::vector<RunState>& runs) {
  const std::size_t done = count(runs, Phase::done), running = count(runs, Phase::running);
  fmt::print("{}: {} of {} runs done, {} running, {} stopped, {} failed, {} missing\n",
             folder.string(), done, runs.size(), running, count(runs, Phase::stopped),
             count(runs, Phase::failed), count(runs, Phase::missing));
  for (const auto& [title, phase] : {std::pair("running", Phase::running),
                                     {"stopped", Phase::stopped},
                                     {"failed", Phase::failed},
                                     {"missing", Phase::missing}}) {
    if (count(runs, phase) > 0) fmt::print("{}\n", title);
    for (const RunState& run : runs) {
      if (run.phase() != phase) continue;
      const std::string what = run.is_to_do() ? run.command() : run.job.label, note = run.note();
      fmt::print("  {}{}{}\n", what, note.empty() ? "" : "  # ", note);
    }
  }
  if (done > rows_of(folder / summary_file) && running == 0)
    fmt::print("the tables lack some finished runs; `fanin report {}` renews them\n",
               folder.string());
}

void print_shards(const std::vector<Sweep>& sweeps, const std::vector<std::vector<RunState>>& runs,
                  std::size_t shards) {
  std::set<std::size_t> numbers;
  const auto shard_of = shards_of(sweeps, shards);
  for (const auto& of_sweep : runs)
    for (const RunState& run : of_sweep)
      if (run.is_to_do()) numbers.insert(shard_of.at(run.job.run));
  if (!numbers.empty()) fmt::print("{}\n", join(numbers, ","));
}

struct StatusOptions {
  std::vector<std::filesystem::path> folders = {"results"};
  bool commands = false;   // print only those of the runs to be done
  std::size_t shards = 0;  // N > 0: print which of N shards have something to do
};

// Reads only the first and the last line of each log, so that thousands of logs take a moment.
int status(const StatusOptions& options) {
  std::vector<std::filesystem::path> folders;
  for (const auto& folder : options.folders)
    for (auto& one : sweep_folders(folder)) folders.push_back(std::move(one));
  std::vector<Sweep> sweeps;
  for (const auto& folder : folders) sweeps.push_back(read_sweep(folder / spec_file));
  std::vector<std::vector<RunState>> all;
  for (std::size_t i = 0; i < sweeps.size(); ++i) {
    const auto& runs = all.emplace_back(states_of(sweeps[i], folders[i]));
    const std::string other = other_model(sweeps[i], folders[i]);
    if (options.commands && !other.empty() && std::ranges::any_of(runs, &RunState::is_to_do))
      throw UsageError(other);
    if (!other.empty()) say("fanin: warning: {}\n", other);
    if (options.commands) {
      for (const RunState& run : runs)
        if (run.is_to_do()) fmt::print("{}\n", run.command());
    } else if (options.shards == 0) {
      print_table(folders[i], runs);
    }
  }
  if (options.shards > 0) print_shards(sweeps, all, options.shards);
  return 0;
}

}  // namespace

Command make_status() {
  const auto options = std::make_shared<StatusOptions>();
  const OptionRules shards = {.least = 1, .most = 1'000'000, .excludes = "--commands"};
  return {
      "status",
      "show which runs of results folders are done, running, stopped, failed or missing",
      {{"folders", &options->folders, "results folders, or folders that hold several (results)",
        "DIR"},
       {"--commands", &options->commands,
        "print only the command that trains or continues each run that is not done"},
       {"--shards", &options->shards,
        "split the runs into N shards, as `fanin compare --shard I/N` does, and print\n"
        "only the numbers of the shards that have runs to do, such as 3,7",
        "N", shards}},
      "Examples:\n"
      "  fanin status results/lenet5\n"
      "  sbatch --array=$(fanin status results/mlp --shards 8) sweep.sbatch 8 mlp\n"
      "      on Slurm, this submits those shards again; see experiments/slurm/README.md\n"
      "A run is running while a process is writing its log. It is done if the first and last\n"
      "lines of its log say so. A log that is damaged in between may pass; `report` finds it.\n"
      "A run is failed if it ended with an error, stopped if it was interrupted or killed, and\n"
      "missing if it has not begun. Its command continues from the last checkpoint. Type these\n"
      "commands in the folder in which you started the sweep. With --shards, name the folders of\n"
      "exactly the sweeps that you submitted together: shards are numbered across all of them.\n",
      [options] { return status(*options); }};
}

}  // namespace fanin
