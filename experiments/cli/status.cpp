#include "experiments/cli/status.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>

#include "experiments/record/earlier_run.hpp"
#include "experiments/report/summary.hpp"
#include "experiments/specs/spec.hpp"
#include "experiments/sweep/folders.hpp"
#include "experiments/sweep/job.hpp"
#include "experiments/sweep/plan.hpp"
#include "experiments/task/shipped.hpp"
#include "framework/core/error.hpp"
#include "framework/core/join.hpp"
#include "framework/core/say.hpp"

namespace fanin {
namespace {

enum class State { done, running, failed, missing };

struct RunState {
  Job job;
  State state;
  std::string note;  // how far it is, or came
};

std::string steps_of(const Job& job) {
  const auto record = growing_record(*job.run, job.folder);
  if (!record) return "";
  const std::size_t step = record->steps.empty() ? 0 : record->steps.back().step;
  return fmt::format("step {} of {}", step, record->start.total_steps);
}

RunState state_of(const Job& job, bool thorough) {
  const auto record = (thorough ? find_checked : find_ends)(*job.run, job.folder);
  const bool whole =
      !job.keep_weights || (record && holds_weights(weights_path(*job.run, job.folder), *record));
  if (record && record->end->status != "failed" && whole) return {job, State::done, ""};
  const auto growing = growing_log_path(*job.run, job.folder);
  const bool begun = is_there(growing);
  const std::string holder = writer_of(growing), steps = begun ? steps_of(job) : "";
  if (!holder.empty())
    return {job, State::running, steps.empty() ? holder : fmt::format("{}, {}", steps, holder)};
  if (record && record->end->status == "failed")
    return {job, State::failed, fmt::format("at step {}", record->end->steps)};
  if (begun) return {job, State::missing, steps.empty() ? "begun" : "stopped, logged " + steps};
  return {job, State::missing, log_fault(*job.run, job.folder)};
}

bool is_to_do(const RunState& run) {
  return run.state == State::failed || run.state == State::missing;
}

std::string command_of(const Job& job) { return command_line(options_with_files(job)) + " --once"; }

void print_runs(const std::vector<RunState>& runs, State state, const char* title) {
  bool first = true;
  for (const RunState& run : runs) {
    if (run.state != state) continue;
    if (std::exchange(first, false)) fmt::print("{}\n", title);
    const std::string what = is_to_do(run) ? command_of(run.job) : run.job.label;
    fmt::print("  {}{}{}\n", what, run.note.empty() ? "" : "  # ", run.note);
  }
}

std::vector<RunState> states_of(const Sweep& sweep, const std::filesystem::path& folder) {
  std::vector<RunState> runs;
  for (const Run& run : sweep.runs)
    runs.push_back(state_of({&run, folder, run.name, sweep.keep_weights}, false));
  const auto done = std::ranges::count(runs, State::done, &RunState::state);
  if (rows_of(folder / "summary.csv") < static_cast<std::size_t>(done))  // why, damage may tell
    for (RunState& run : runs)
      if (run.state == State::done) run = state_of(run.job, true);
  return runs;
}

void print_table(const std::filesystem::path& folder, const std::vector<RunState>& runs) {
  std::size_t counts[4] = {};
  for (const RunState& run : runs) ++counts[static_cast<std::size_t>(run.state)];
  const auto [done, running, failed, missing] = counts;
  fmt::print("{}: {} of {} runs done, {} running, {} failed, {} missing\n", folder.string(), done,
             runs.size(), running, failed, missing);
  print_runs(runs, State::running, "running");
  print_runs(runs, State::failed, "failed");
  print_runs(runs, State::missing, "missing");
  if (done > rows_of(folder / "summary.csv") && running == 0)
    fmt::print("the tables lack some that are done: fanin report {}\n", folder.string());
}

void print_shards(const std::vector<Sweep>& sweeps, const std::vector<std::vector<bool>>& to_do,
                  std::size_t shards) {
  std::set<std::size_t> numbers;
  const auto shard_of = shards_of(sweeps, shards);
  for (std::size_t i = 0; i < sweeps.size(); ++i)
    for (std::size_t run = 0; run < to_do[i].size(); ++run)
      if (to_do[i][run]) numbers.insert(shard_of[i][run]);
  if (!numbers.empty()) fmt::print("{}\n", join(numbers, ","));
}

struct StatusOptions {
  std::vector<std::filesystem::path> folders;
  bool commands = false;   // prints nothing but those of the runs to be done
  std::size_t shards = 0;  // N > 0: prints the numbers of the shards with something to do
};

// Asks the first and the last line of each log, so that thousands take a moment.
int status(const StatusOptions& options) {
  std::vector<std::filesystem::path> folders;
  for (const auto& folder : options.folders)
    for (auto& one : sweep_folders(folder)) folders.push_back(std::move(one));
  if (options.folders.empty()) folders = sweep_folders("results");
  std::vector<Sweep> sweeps;
  for (const auto& folder : folders) sweeps.push_back(read_sweep(folder / "spec.toml"));
  std::vector<std::vector<bool>> to_do;
  for (std::size_t i = 0; i < sweeps.size(); ++i) {
    const std::vector<RunState> runs = states_of(sweeps[i], folders[i]);
    to_do.emplace_back();
    const std::string other = other_model(sweeps[i], folders[i]);
    if (options.commands && !other.empty() && std::ranges::any_of(runs, is_to_do))
      throw UsageError(other);
    if (!other.empty()) say("fanin: warning: {}\n", other);
    for (const RunState& run : runs) {
      to_do.back().push_back(is_to_do(run));
      if (options.commands && is_to_do(run)) fmt::print("{}\n", command_of(run.job));
    }
    if (!options.commands && options.shards == 0) print_table(folders[i], runs);
  }
  if (options.shards > 0) print_shards(sweeps, to_do, options.shards);
  return 0;
}

}  // namespace

Subcommand make_status(Command& program) {
  Command command = program.subcommand(
      "status", "say which runs of results folders are done, running, failed and missing");
  const auto options = std::make_shared<StatusOptions>();
  command.option("folders", options->folders, "results folders, or what holds several (results)")
      .type("DIR");
  const auto commands = command.flag("--commands", options->commands,
                                     "print nothing but the commands of failed and missing runs");
  command
      .option("--shards", options->shards,
              "print nothing but which of N shards have such runs, as 3,7")
      .between(1, 1'000'000)
      .excludes(commands)
      .type("N");
  command.footer(
      "Examples:\n"
      "  fanin status results/lenet5\n"
      "  sbatch --array=$(fanin status results/mlp --shards 8) sweep.sbatch 8 mlp\n"
      "A run is running while a process holds its growing log, and done by the first and last "
      "line\n"
      "of its log; `report` reads them whole, and names those that are damaged. One that ended "
      "with\n"
      "an error is failed; one that was killed or stopped is missing, and its command goes on from "
      "its\n"
      "last checkpoint. Commands and shards are for the folder in which the sweep was started; "
      "for\n"
      "--shards name just what was submitted together.\n");
  return {std::move(command), [options] { return status(*options); }};
}

}  // namespace fanin
