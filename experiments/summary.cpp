#include "experiments/summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "experiments/figures.hpp"
#include "experiments/files.hpp"
#include "experiments/tables.hpp"
#include "framework/core/error.hpp"

namespace fanin {
namespace {

constexpr const char* figure_file = "figures/convergence.svg";

std::vector<Curve> curves(const Sweep& sweep, const Records& records) {
  std::vector<Curve> result;
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (!records[i]) continue;
    const Run& run = sweep.runs[i];
    Curve curve{run.init, panel_name(run.axes), run.seed, {}};
    for (const Evaluation& at : records[i]->evaluations)
      curve.points.push_back({at.step, at.train_loss, at.test_loss, at.test_accuracy});
    result.push_back(std::move(curve));
  }
  return result;
}

bool draw(const Sweep& sweep, const Records& records, const std::filesystem::path& folder) {
  try {
    const auto script = find_shipped("render.mjs");
    if (script.empty()) throw Error("experiments/render.mjs is not there");
    const std::string title = sweep.question.empty() ? sweep.name : sweep.question;
    std::filesystem::create_directories((folder / figure_file).parent_path());
    write_figure(convergence_figure(title, curves(sweep, records)), script, folder / figure_file);
    return true;
  } catch (const std::exception& error) {  // the numbers are safe; only their picture is missing
    fmt::print(stderr, "fanin: warning: no figure for {}: {}\n", sweep.name, error.what());
    return false;
  }
}

}  // namespace

std::filesystem::path log_path(const Run& run, const std::filesystem::path& folder) {
  return folder / "runs" / (run.name + ".jsonl");
}

std::optional<RunRecord> find_record(const Run& run, const std::filesystem::path& folder) {
  const auto log = log_path(run, folder);
  std::error_code error;
  if (!std::filesystem::exists(log, error)) return std::nullopt;
  const std::filesystem::path model = run.options.model;
  if (std::filesystem::is_regular_file(model, error) &&
      std::filesystem::last_write_time(model, error) > std::filesystem::last_write_time(log, error))
    return std::nullopt;  // the model's text was changed since
  try {
    RunRecord record = read_log(log);
    if (record.end && record.command == train_command(run.options)) return record;
  } catch (const Error&) {  // a damaged log is no log: the run is repeated
  }
  return std::nullopt;
}

void summarise(const Sweep& sweep, const std::filesystem::path& folder) {
  Records records;
  for (const Run& run : sweep.runs) records.push_back(find_record(run, folder));
  if (std::ranges::none_of(records, [](const auto& record) { return record.has_value(); })) return;
  write_file(folder / "summary.csv", summary_csv(sweep, records));
  write_file(folder / "timings.csv", timings_csv(sweep, records));
  write_file(folder / "statistics.csv", statistics_csv(sweep, records));
  write_file(folder / "comparisons.csv", comparisons_csv(sweep, records));
  fmt::print("\n{}\n", summary_table(sweep, records));
  std::fflush(stdout);
  const bool drawn = draw(sweep, records, folder);
  fmt::print(stderr, "{}: {}{}\n", sweep.name, (folder / "summary.csv").string(),
             drawn ? " and " + (folder / figure_file).string() : "");
}

}  // namespace fanin
