#include "experiments/report/summary.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "experiments/report/figures.hpp"
#include "experiments/report/sweep_figures.hpp"
#include "experiments/report/tables.hpp"
#include "experiments/run/files.hpp"
#include "framework/core/error.hpp"

namespace fanin {
namespace {

// Draws what there is to draw, and says how much it was; a warning where it cannot.
std::size_t draw(const Sweep& sweep, const Records& records, const std::filesystem::path& folder) {
  std::size_t drawn = 0;
  try {
    const auto script = find_shipped("report/render.mjs");
    if (script.empty()) throw Error("experiments/report/render.mjs is not there");
    std::filesystem::create_directories(folder / "figures");
    for (const SweepFigure& figure : sweep_figures(sweep, records, styles_of(inits_of(sweep)))) {
      if (figure.name == "histograms") continue;  // for the page; too many for one picture
      write_figure(figure.spec, script, folder / "figures" / (figure.name + ".svg"));
      ++drawn;
    }
  } catch (const std::exception& error) {  // the numbers are safe; only their picture is missing
    fmt::print(stderr, "fanin: warning: no figure for {}: {}\n", sweep.name, error.what());
  }
  return drawn;
}

}  // namespace

std::filesystem::path log_path(const Run& run, const std::filesystem::path& folder) {
  return folder / "runs" / (run.name + ".jsonl");
}

std::filesystem::path weights_path(const Run& run, const std::filesystem::path& folder) {
  return folder / "runs" / (run.name + ".safetensors");
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
    if (record.end && record.start.command == train_command(run.options)) return record;
  } catch (const Error&) {  // a damaged log is no log: the run is repeated
  }
  return std::nullopt;
}

std::string log_fault(const Run& run, const std::filesystem::path& folder) {
  const auto log = log_path(run, folder);
  std::error_code error;
  if (!std::filesystem::exists(log, error) || find_record(run, folder)) return "";
  try {
    const RunRecord record = read_log(log);
    return log.string() + (record.end ? ": is of other settings" : ": has no end");
  } catch (const Error& damage) {
    return damage.what();
  }
}

Records find_records(const Sweep& sweep, const std::filesystem::path& folder) {
  Records records;
  for (const Run& run : sweep.runs) records.push_back(find_record(run, folder));
  return records;
}

std::filesystem::path growing_log_path(const Run& run, const std::filesystem::path& folder) {
  std::filesystem::path path = log_path(run, folder);
  path += ".part";
  return path;
}

std::optional<RunRecord> growing_record(const Run& run, const std::filesystem::path& folder) {
  const auto log = growing_log_path(run, folder);
  std::error_code error;
  if (!std::filesystem::exists(log, error)) return std::nullopt;
  try {
    RunRecord record = read_log(log);
    if (record.start.command == train_command(run.options)) return record;
  } catch (const Error&) {  // it may have been renamed meanwhile
  }
  return std::nullopt;
}

std::size_t summarise(const Sweep& sweep, const Records& records,
                      const std::filesystem::path& folder, bool print_table) {
  write_file(folder / "summary.csv", summary_csv(sweep, records));
  write_file(folder / "timings.csv", timings_csv(sweep, records));
  write_file(folder / "statistics.csv", statistics_csv(sweep, records));
  write_file(folder / "comparisons.csv", comparisons_csv(sweep, records));
  if (print_table) fmt::print("\n{}\n", summary_table(sweep, records));
  std::fflush(stdout);
  return draw(sweep, records, folder);
}

}  // namespace fanin
