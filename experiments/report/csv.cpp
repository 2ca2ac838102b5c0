#include "experiments/report/csv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "experiments/report/results.hpp"
#include "framework/core/join.hpp"

namespace fanin {
namespace {

using Row = std::vector<std::string>;

std::string csv_cell(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string cell = "\"";
  for (const char c : text) cell += c == '"' ? "\"\"" : std::string(1, c);
  return cell + "\"";
}

// The line of names, the axes first.
std::string csv_header(const Sweep& sweep, const Row& columns) {
  Row header;
  if (!sweep.runs.empty())
    for (const auto& [key, value] : sweep.runs.front().axes) header.push_back(key);
  header.insert(header.end(), columns.begin(), columns.end());
  return csv_line(header);
}

Row axis_cells(const Axes& axes) {
  Row row;
  for (const auto& [key, value] : axes) row.push_back(value);
  return row;
}

std::string number_cell(double value) { return std::isfinite(value) ? fmt::to_string(value) : ""; }

// To six digits, so that no machine's last bit shows.
std::string estimate_cell(double value) {
  return std::isnan(value) ? "" : fmt::format("{:.6g}", value);
}

template <class Write>
void each_ended(const Results& results, const Write& write) {
  for (std::size_t i = 0; i < results.records.size(); ++i)
    if (const auto& record = results.records[i]; record && record->end)
      write(results.sweep.runs[i], *record);
}

}  // namespace

std::string csv_line(const std::vector<std::string>& cells) {
  std::vector<std::string> quoted;
  for (const std::string& cell : cells) quoted.push_back(csv_cell(cell));
  return fmt::format("{}\n", join(quoted, ","));
}

std::string summary_csv(const Results& results) {
  std::string text = csv_header(
      results.sweep, {"init", "seed", "status", "steps", "train_loss", "test_loss", "test_accuracy",
                      "steps_to_90", "initial_fingerprint", "final_fingerprint"});
  each_ended(results, [&](const Run& run, const RunRecord& record) {
    const RunEnd& end = *record.end;
    const Evaluation last = last_evaluation(record);
    const auto reached = steps_to(0.9, record);
    Row row = axis_cells(run.axes);
    row.insert(
        row.end(),
        {run.init, fmt::to_string(run.seed), end.status, fmt::to_string(end.steps),
         number_cell(last.train_loss), number_cell(last.test_loss), number_cell(last.test_accuracy),
         reached ? fmt::to_string(*reached) : "", end.initial_fingerprint, end.final_fingerprint});
    text += csv_line(row);
  });
  return text;
}

std::string timings_csv(const Results& results) {
  std::string text = csv_line({"run", "train_seconds", "images_per_second"});
  each_ended(results, [&](const Run& run, const RunRecord& record) {
    const RunEnd& end = *record.end;
    const auto images = static_cast<double>(end.steps * run.options.batch);
    text += csv_line({run.name, fmt::format("{:.3f}", end.train_seconds),
                      number_cell(std::round(images / end.train_seconds))});
  });
  return text;
}

std::string statistics_csv(const Results& results) {
  Row columns = {"init", "n"};
  for (std::string name : outcome_names) {
    std::ranges::replace(name, ' ', '_');
    columns.push_back(name);
  }
  for (const char* column :
       {"test_accuracy_q1", "test_accuracy_median", "test_accuracy_q3", "test_loss_q1",
        "test_loss_median", "test_loss_q3", "trained_share", "trained_low", "trained_high",
        "steps_to_target_median", "steps_to_target_censored"})
    columns.emplace_back(column);
  std::string text = csv_header(results.sweep, columns);
  for (const PanelResults& panel : results.panels) {
    for (const InitResults& init : panel.inits) {
      Row row = axis_cells(panel.axes);
      row.insert(row.end(), {init.init, fmt::to_string(init.runs())});
      for (const std::size_t count : init.classes) row.push_back(fmt::to_string(count));
      for (const auto& values : {init.accuracies, init.losses}) {
        const Quartiles at = quartiles(values);
        for (const double value : {at.low, at.median, at.high}) row.push_back(estimate_cell(value));
      }
      const std::size_t trained = init.count(Outcome::trained);
      const Interval share = init.trained_share();
      const auto steps = init.median_steps();
      row.insert(
          row.end(),
          {estimate_cell(static_cast<double>(trained) / static_cast<double>(init.runs())),
           estimate_cell(share.low), estimate_cell(share.high), steps ? fmt::to_string(*steps) : "",
           fmt::to_string(init.runs() - init.arrived())});
      text += csv_line(row);
    }
  }
  return text;
}

std::string comparisons_csv(const Results& results) {
  std::string text = csv_header(
      results.sweep, {"init", "other", "n", "difference", "low", "high", "better", "worse", "p"});
  for (const PanelResults& panel : results.panels) {
    for (const auto& [one, other, difference] : panel.pairs) {
      Row row = axis_cells(panel.axes);
      row.insert(row.end(),
                 {panel.inits[one].init, panel.inits[other].init, fmt::to_string(difference.n),
                  estimate_cell(difference.mean), estimate_cell(difference.interval.low),
                  estimate_cell(difference.interval.high), fmt::to_string(difference.above),
                  fmt::to_string(difference.below), estimate_cell(difference.p)});
      text += csv_line(row);
    }
  }
  return text;
}

}  // namespace fanin
