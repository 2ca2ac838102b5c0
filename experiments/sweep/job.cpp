#include "experiments/sweep/job.hpp"

#include <fmt/format.h>

#include <utility>

#include "experiments/record/checkpoint.hpp"
#include "experiments/record/earlier_run.hpp"
#include "experiments/report/summary.hpp"
#include "experiments/task/models.hpp"
#include "experiments/task/shipped.hpp"
#include "framework/core/error.hpp"

namespace fanin {
namespace {

// Logs of older versions do not say.
bool is_of_other_model(const RunStart& start, const Job& job) {
  return !start.model.empty() && start.model != job.model;
}

void rename_aside(const std::filesystem::path& file, const std::string& suffix) {
  std::error_code ignored;
  std::filesystem::rename(file, file.string() + suffix, ignored);
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
  const auto begin_of = [](const std::filesystem::path& log, bool ended) {
    const auto record = sound_log(log, read_log_ends);
    return !record || (ended && !record->end) ? RunStart() : record->start;
  };
  const auto log = log_path(*job.run, job.folder), growing = growing_log_path(*job.run, job.folder);
  RunStart there = begin_of(log, true);
  std::string how = "finished";
  if (there.command.empty() && (is_there(checkpoint_folder(log)) || !writer_of(growing).empty()))
    there = begin_of(growing, false), how = "begun";
  if (there.command.empty()) return "";
  const bool same = there.command == train_command(job.run->options);
  if (same && !is_of_other_model(there, job)) return "";
  return fmt::format("{} holds runs of {}, such as {}, {} ({})", job.folder.string(),
                     same ? "another model" : "other settings", job.run->name, how, there.command);
}

std::string change_of_model(const Job& job) {
  const std::string& model = job.run->options.model;
  return model_file_sha256(model) == job.model ? "" : model + " changed under way";
}

void set_damaged_aside(const Job& job) {
  for (const auto& log : {log_path(*job.run, job.folder), growing_log_path(*job.run, job.folder)})
    if (!is_log_or_new(log)) rename_aside(log, ".damaged");
  if (!job.keep_weights) return;
  const std::filesystem::path weights = weights_path(*job.run, job.folder);
  try {
    check_weights_place(weights);
  } catch (const IoError&) {
    throw;
  } catch (const Error&) {
    rename_aside(weights, ".damaged");
  }
}

void set_aside(const Job& job, const std::string& suffix) {
  rename_aside(log_path(*job.run, job.folder), suffix);
}

}  // namespace fanin
