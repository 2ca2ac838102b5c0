#include "experiments/sweep/job.hpp"

#include <fmt/format.h>

#include "framework/core/text.hpp"

namespace fanin {

Job make_job(const Sweep& sweep, const Run& run, const std::filesystem::path& folder,
             const std::string& label) {
  Expected expected{train_command(run.options)};
  expected.keeps_weights = sweep.keep_weights;
  return {&run, label, run_files(folder, run.name), std::move(expected)};
}

TrainOptions options_with_files(const Job& job) {
  TrainOptions options = job.run->options;
  options.log = job.files.log.string();
  if (job.expected.keeps_weights) options.save = job.files.weights.string();
  return options;
}

std::string refusal(const Job& job, const Standing& another) {
  if (another.differs == "version") return another.why;
  const RunRecord& there = another.record.value();
  const char* others = another.differs == "data"    ? "other data"
                       : another.differs == "model" ? "another model"
                                                    : "other settings";
  return fmt::format("{} holds runs of {}, such as {}, {} ({})",
                     job.files.log.parent_path().parent_path().string(), others, job.run->name,
                     !there.end                      ? "begun"
                     : there.end->status == "failed" ? "failed"
                                                     : "finished",
                     there.start.command);
}

std::string fault_of(const Run& run, const std::filesystem::path& folder) {
  return ended_standing(run_files(folder, run.name), {train_command(run.options)}, Depth::all).why;
}

Logs find_logs(const Sweep& sweep, const std::filesystem::path& folder, const std::string& fate) {
  Logs logs = logs_in(folder);
  std::size_t strange = logs.ended.size() + logs.growing.size();
  for (const Run& run : sweep.runs)
    strange -= logs.ended.count(run.name) + logs.growing.count(run.name);
  if (strange > 0)
    say("fanin: warning: {} log(s) in {} belong to no run of {}\n", strange,
        (folder / "runs").string(), fate);
  return logs;
}

}  // namespace fanin
