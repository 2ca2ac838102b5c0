#include "experiments/sweep/job.hpp"

#include <fmt/format.h>

#include <utility>

#include "experiments/report/summary.hpp"
#include "experiments/run/checkpoint.hpp"
#include "experiments/run/earlier_run.hpp"
#include "experiments/run/files.hpp"
#include "experiments/run/models.hpp"
#include "framework/core/error.hpp"

namespace fanin {
namespace {

// Logs of older versions do not say.
bool is_of_other_model(const RunStart& start, const Job& job) {
  return !start.model.empty() && start.model != job.model;
}

}  // namespace

TrainOptions options_with_files(const Job& job) {
  TrainOptions options = job.run->options;
  options.log = log_path(*job.run, job.folder).string();
  if (job.keep_weights) options.save = weights_path(*job.run, job.folder).string();
  return options;
}

bool is_finished(const Job& job, const std::optional<RunRecord>& record) {
  if (!record || record->end->status == "failed") return false;
  if (!job.data.empty() && record->start.data != job.data) return false;
  return !is_of_other_model(record->start, job) &&
         (!job.keep_weights || holds_weights(weights_path(*job.run, job.folder), *record));
}

std::optional<RunRecord> finished(const Job& job) {
  auto record = find_record(*job.run, job.folder);
  return is_finished(job, record) ? std::move(record) : std::nullopt;
}

std::string run_of_other_settings(const Job& job) {
  const auto begin_of = [](const std::filesystem::path& log, bool ended) -> RunStart {
    std::error_code error;
    try {
      if (!std::filesystem::exists(log, error)) return {};
      const RunRecord record = read_log_ends(log);
      return ended && !record.end ? RunStart() : record.start;
    } catch (const Error&) {  // a damaged log is no result
      return {};
    }
  };
  const auto log = log_path(*job.run, job.folder), growing = growing_log_path(*job.run, job.folder);
  std::error_code error;
  RunStart there = begin_of(log, true);
  std::string how = "finished";
  if (there.command.empty() &&
      (std::filesystem::exists(checkpoint_folder(log), error) || !writer_of(growing).empty()))
    there = begin_of(growing, false), how = "begun";
  if (there.command.empty()) return "";
  const bool same = there.command == train_command(job.run->options);
  if (same && !is_of_other_model(there, job)) return "";
  return fmt::format("{} holds runs of {}, such as {}, {} ({})", job.folder.string(),
                     same ? "another model" : "other settings", job.run->name, how, there.command);
}

std::string change_of_model(const Job& job) {
  const std::string& model = job.run->options.model;
  try {
    return model_file_sha256(model) == job.model ? "" : model + " changed under way";
  } catch (const Error& error) {
    return error.what();
  }
}

void set_damaged_aside(const Job& job) {
  for (const auto& log : {log_path(*job.run, job.folder), growing_log_path(*job.run, job.folder)}) {
    std::error_code ignored;
    if (!is_log_or_new(log)) std::filesystem::rename(log, log.string() + ".damaged", ignored);
  }
  if (!job.keep_weights) return;
  const std::filesystem::path weights = weights_path(*job.run, job.folder);
  try {
    check_weights_place(weights);
  } catch (const Error&) {
    std::error_code ignored;
    std::filesystem::rename(weights, weights.string() + ".damaged", ignored);
  }
}

void set_aside(const Job& job, const std::string& suffix) {
  const std::filesystem::path log = log_path(*job.run, job.folder);
  std::error_code ignored;
  std::filesystem::rename(log, log.string() + suffix, ignored);
}

}  // namespace fanin
