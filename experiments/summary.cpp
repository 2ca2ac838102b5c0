#include "experiments/summary.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <nlohmann/json.hpp>

#include "experiments/figures.hpp"
#include "experiments/files.hpp"
#include "framework/core/error.hpp"

namespace fanin {
namespace {

constexpr const char* figure_file = "figures/convergence.svg";
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

constexpr std::array<const char*, 5> outcome_names = {"trained", "slow", "at chance", "diverged",
                                                      "failed"};

std::string csv_cell(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string cell = "\"";
  for (const char c : text) cell += c == '"' ? "\"\"" : std::string(1, c);
  return cell + "\"";
}

std::string csv_line(const std::vector<std::string>& cells) {
  std::vector<std::string> quoted;
  for (const std::string& cell : cells) quoted.push_back(csv_cell(cell));
  return fmt::format("{}\n", fmt::join(quoted, ","));
}

std::string number_cell(double value) { return std::isfinite(value) ? fmt::to_string(value) : ""; }

Evaluation last_evaluation(const RunRecord& record) {
  if (record.evaluations.empty()) return {0, 0, not_a_number, not_a_number, not_a_number};
  return record.evaluations.back();
}

std::string panel_name(const Axes& axes) {
  std::vector<std::string> parts;
  for (const auto& [key, value] : axes) parts.push_back(key + "=" + value);
  return fmt::format("{}", fmt::join(parts, ", "));
}

// Sorts; the mean of the middle two for an even number of values.
double median(std::vector<double>& values) {
  std::ranges::sort(values);
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

// The ended runs of one init in one panel.
struct Group {
  std::string init;
  std::vector<double> accuracies, losses, steps;
  std::array<std::size_t, outcome_names.size()> outcomes{};
  std::size_t runs = 0;

  void add(const RunRecord& record) {
    const auto keep = [](std::vector<double>& values, double value) {
      if (std::isfinite(value)) values.push_back(value);
    };
    const Evaluation last = last_evaluation(record);
    keep(accuracies, 100 * last.test_accuracy);
    keep(losses, last.test_loss);
    if (const auto step = steps_to_trained(record)) steps.push_back(static_cast<double>(*step));
    ++outcomes[static_cast<std::size_t>(outcome(record))];
    ++runs;
  }
};

std::vector<std::string> cells(Group& group) {
  std::vector<std::string> row = {group.init, "–", "", "–", "–", ""};
  if (!group.accuracies.empty()) {
    row[1] = fmt::format("{:.2f}", median(group.accuracies));
    row[2] = fmt::format("{:.2f} – {:.2f}", group.accuracies.front(), group.accuracies.back());
  }
  if (!group.losses.empty()) row[3] = fmt::format("{:.4f}", median(group.losses));
  if (!group.steps.empty())
    row[4] = fmt::format("{:.0f} ({} of {})", median(group.steps), group.steps.size(), group.runs);
  for (std::size_t i = 0; i < outcome_names.size(); ++i)
    if (group.outcomes[i] > 0)
      row[5] +=
          fmt::format("{}{} {}", row[5].empty() ? "" : ", ", group.outcomes[i], outcome_names[i]);
  return row;
}

std::size_t width(const std::string& text) {  // code points; ours are one column each
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

// Words to the left, numbers to the right.
std::string aligned(const std::vector<std::vector<std::string>>& rows) {
  std::array<std::size_t, 6> widths{};
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
  std::string text;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i + 1 < row.size(); ++i) {
      const std::string space(widths[i] - width(row[i]), ' ');
      text += i == 0 ? row[i] + space : "  " + space + row[i];
    }
    text += "  " + row.back() + "\n";
  }
  return text;
}

std::string panel_table(std::vector<Group>& groups) {
  std::vector<std::vector<std::string>> rows = {
      {"init", "accuracy %", "range", "test loss", "steps to 90 %", "seeds"}};
  for (Group& group : groups) rows.push_back(cells(group));
  return aligned(rows);
}

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

Outcome outcome(const RunRecord& record) {
  if (!record.end || record.end->status == "failed") return Outcome::failed;
  if (record.end->status == "diverged") return Outcome::diverged;
  const double accuracy = last_evaluation(record).test_accuracy;
  if (accuracy >= trained_accuracy) return Outcome::trained;
  return accuracy >= chance_accuracy ? Outcome::slow : Outcome::at_chance;
}

std::optional<std::size_t> steps_to_trained(const RunRecord& record) {
  for (const Evaluation& evaluation : record.evaluations)
    if (evaluation.test_accuracy >= trained_accuracy) return evaluation.step;
  return std::nullopt;
}

std::string summary_csv(const Sweep& sweep, const Records& records) {
  std::vector<std::string> header;
  if (!sweep.runs.empty())
    for (const auto& [key, value] : sweep.runs.front().axes) header.push_back(key);
  for (const char* column :
       {"init", "seed", "status", "steps", "train_loss", "test_loss", "test_accuracy",
        "steps_to_90", "initial_fingerprint", "final_fingerprint"})
    header.emplace_back(column);
  std::string text = csv_line(header);
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (!records[i] || !records[i]->end) continue;
    const Run& run = sweep.runs[i];
    const RunEnd& end = *records[i]->end;
    const Evaluation last = last_evaluation(*records[i]);
    const auto reached = steps_to_trained(*records[i]);
    std::vector<std::string> row;
    for (const auto& [key, value] : run.axes) row.push_back(value);
    row.insert(
        row.end(),
        {run.init, fmt::to_string(run.seed), end.status, fmt::to_string(end.steps),
         number_cell(last.train_loss), number_cell(last.test_loss), number_cell(last.test_accuracy),
         reached ? fmt::to_string(*reached) : "", end.initial_fingerprint, end.final_fingerprint});
    text += csv_line(row);
  }
  return text;
}

std::string timings_csv(const Sweep& sweep, const Records& records) {
  std::string text = csv_line({"run", "train_seconds", "images_per_second"});
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (!records[i] || !records[i]->end) continue;
    const Run& run = sweep.runs[i];
    const RunEnd& end = *records[i]->end;
    const auto images = static_cast<double>(end.steps * run.options.batch);
    text += csv_line({run.name, fmt::format("{:.3f}", end.train_seconds),
                      number_cell(std::round(images / end.train_seconds))});
  }
  return text;
}

std::string summary_table(const Sweep& sweep, const Records& records) {
  std::string text = sweep.question.empty() ? sweep.name : sweep.name + ": " + sweep.question;
  text += "\n";
  for (std::size_t i = 0; i < records.size();) {
    const Axes& axes = sweep.runs[i].axes;
    std::vector<Group> groups;
    for (; i < records.size() && sweep.runs[i].axes == axes; ++i) {
      const std::string& init = sweep.runs[i].init;
      if (!records[i]) continue;
      if (groups.empty() || groups.back().init != init) groups.emplace_back().init = init;
      groups.back().add(*records[i]);
    }
    if (groups.empty()) continue;
    text += "\n";
    if (!axes.empty()) text += panel_name(axes) + "\n";
    text += panel_table(groups);
  }
  return text + fmt::format(
                    "\nmedian and range over seeds, loss without diverged runs; trained: ends "
                    "at {:.0f} % or more,\nat chance: below {:.0f} %, slow: between\n",
                    100 * trained_accuracy, 100 * chance_accuracy);
}

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
  fmt::print("\n{}\n", summary_table(sweep, records));
  std::fflush(stdout);
  const bool drawn = draw(sweep, records, folder);
  fmt::print(stderr, "{}: {}{}\n", sweep.name, (folder / "summary.csv").string(),
             drawn ? " and " + (folder / figure_file).string() : "");
}

}  // namespace fanin
