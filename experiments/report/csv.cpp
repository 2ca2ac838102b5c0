#include "experiments/report/csv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "experiments/report/tables.hpp"
#include "experiments/report/tuning.hpp"
#include "framework/core/text.hpp"

namespace fanin {
namespace {

using Row = std::vector<std::string>;

// A line that begins with the names of the axes, or with their values.
std::string axes_line(const Axes& axes, std::string Axes::value_type::*side, const Row& cells) {
  Row row;
  for (const auto& axis : axes) row.push_back(axis.*side);
  row.insert(row.end(), cells.begin(), cells.end());
  return csv_line(row);
}

std::string csv_header(const Sweep& sweep, const Row& columns) {
  const Axes axes = sweep.runs.empty() ? Axes() : sweep.runs.front().axes;
  return axes_line(axes, &Axes::value_type::first, columns);
}

std::string csv_row(const Axes& axes, const Row& cells) {
  return axes_line(axes, &Axes::value_type::second, cells);
}

// The header of a table with a row per run or more, and a row of it.
std::string run_header(const Sweep& sweep, const Row& columns) {
  Row named = {"init", "seed"};
  if (sweep.rounding > 0) named.emplace_back("rounding");
  named.insert(named.end(), columns.begin(), columns.end());
  return csv_header(sweep, named);
}

std::string run_row(const Sweep& sweep, const Run& run, const Row& cells) {
  Row named = {run.init, fmt::to_string(run.seed)};
  if (sweep.rounding > 0) named.push_back(fmt::to_string(run.options.flip_bit));
  named.insert(named.end(), cells.begin(), cells.end());
  return csv_row(run.axes, named);
}

std::string number_cell(double value) { return std::isfinite(value) ? fmt::to_string(value) : ""; }

// To six digits, so that no machine's last bit shows.
std::string estimate_cell(double value) {
  return std::isnan(value) ? "" : fmt::format("{:.6g}", value);
}

}  // namespace

std::string csv_line(const std::vector<std::string>& cells) {
  Row quoted = cells;
  for (std::string& cell : quoted)
    if (cell.find_first_of(",\"\r\n") != std::string::npos)
      cell = fmt::format("\"{}\"", replaced(cell, "\"", "\"\""));
  return join(quoted, ",") + "\n";
}

std::string summary_csv(const Results& results) {
  std::string text =
      run_header(results.sweep, {"status", "steps", "train_loss", "test_loss", "test_accuracy",
                                 "steps_to_90", "initial_fingerprint", "final_fingerprint"});
  for (const auto& [run, record, outcome] : results.ended) {
    const RunEnd& end = *record.end;
    const Evaluation last = last_evaluation(record);
    const auto reached = steps_to(0.9, record);
    text += run_row(
        results.sweep, run,
        {end.status, fmt::to_string(end.steps), number_cell(last.train_loss),
         number_cell(last.test_loss), number_cell(last.test_accuracy),
         reached ? fmt::to_string(*reached) : "", end.initial_fingerprint, end.final_fingerprint});
  }
  return text;
}

std::string curves_csv(const Results& results) {
  std::string text =
      run_header(results.sweep, {"epoch", "step", "train_loss", "test_loss", "test_accuracy"});
  for (const auto& [run, record, outcome] : results.ended)
    for (const Evaluation& at : record.evaluations)
      text +=
          run_row(results.sweep, run,
                  {fmt::to_string(at.epoch), fmt::to_string(at.step), number_cell(at.train_loss),
                   number_cell(at.test_loss), number_cell(at.test_accuracy)});
  return text;
}

std::string layers_csv_header(const Sweep& sweep) {
  return run_header(sweep, {"step", "number", "layer", "type", "mean", "std", "image_std",
                            "expected_std", "gradient_std", "dead", "saturated", "units",
                            "distinct", "weight_norm", "weight_gradient_norm", "update_norm"});
}

std::string layers_csv_rows(const Sweep& sweep, const Run& run, const RunRecord& record) {
  std::string text;
  for (const LayerSignals& look : record.layers) {
    const std::vector<std::size_t> numbers = layer_numbers(look.layers);
    for (std::size_t i = 0; i < look.layers.size(); ++i) {
      const LayerSignal& s = look.layers[i];
      Row cells = {fmt::to_string(look.step), fmt::to_string(numbers[i]), s.path, s.type};
      for (const double value : {s.mean, s.std, s.image_std, s.expected_std.value_or(NAN),
                                 s.gradient_std, s.dead, s.saturated})
        cells.push_back(number_cell(value));
      for (const std::size_t count : {s.units, s.distinct}) cells.push_back(fmt::to_string(count));
      for (const double value :
           {s.weight_norm, s.weight_gradient_norm, s.update_norm.value_or(NAN)})
        cells.push_back(number_cell(value));
      text += run_row(sweep, run, cells);
    }
  }
  return text;
}

std::string timings_csv(const Results& results) {
  std::string text = csv_line({"run", "train_seconds", "images_per_second"});
  for (const auto& [run, record, outcome] : results.ended) {
    const double seconds = record.end->train_seconds;
    const auto images = static_cast<double>(record.end->steps * run.options.batch);
    text += csv_line(
        {run.name, fmt::format("{:.3f}", seconds), number_cell(std::round(images / seconds))});
  }
  return text;
}

std::string statistics_csv(const Results& results) {
  Row columns = {"init", "n"};
  for (const char* name : outcome_names) columns.push_back(replaced(name, " ", "_"));
  for (const char* column :
       {"test_accuracy_mean", "test_accuracy_q1", "test_accuracy_median", "test_accuracy_q3",
        "test_loss_q1", "test_loss_median", "test_loss_q3", "trained_share", "trained_low",
        "trained_high", "steps_to_target_median", "steps_to_target_censored", "test_accuracy_std"})
    columns.emplace_back(column);
  if (results.sweep.rounding > 0) columns.emplace_back("rounding_std");
  std::string text = csv_header(results.sweep, columns);
  for (const PanelResults& panel : results.panels) {
    for (const InitResults& init : panel.inits) {
      Row cells = {init.init, fmt::to_string(init.runs())};
      for (const std::size_t count : init.classes) cells.push_back(fmt::to_string(count));
      const Quartiles accuracy = quartiles(init.accuracies), loss = quartiles(init.losses);
      const Interval share = init.trained_share();
      const auto trained = static_cast<double>(init.count(Outcome::trained));
      for (const double value : {mean(init.accuracies), accuracy.low, accuracy.median,
                                 accuracy.high, loss.low, loss.median, loss.high,
                                 trained / static_cast<double>(init.runs()), share.low, share.high})
        cells.push_back(estimate_cell(value));
      const auto steps = init.median_steps();
      cells.push_back(steps ? fmt::to_string(*steps) : "");
      cells.push_back(fmt::to_string(init.runs() - init.arrived()));
      cells.push_back(estimate_cell(init.seed_std()));
      if (results.sweep.rounding > 0) cells.push_back(estimate_cell(init.rounding_std()));
      text += csv_row(panel.axes, cells);
    }
  }
  return text;
}

std::string tuning_csv(const Results& results) {
  std::string text;
  if (results.tuning == nullptr) return text;
  for (const PanelResults& panel : results.panels)
    for (const auto& [values, init, chosen] :
         tried_for(results.tuning->results, results.sweep, panel.axes)) {
      Axes axes = panel.axes;
      axes.insert(axes.end(), values.begin(), values.end());
      if (text.empty())
        text = axes_line(axes, &Axes::value_type::first,
                         {"init", "n", "accuracy_mean", "accuracy_q1", "accuracy_median",
                          "accuracy_q3", "accuracy_std", "left_chance", "chosen"});
      Row cells = {init.init, fmt::to_string(init.runs())};
      const Quartiles accuracy = quartiles(init.accuracies);
      for (const double value :
           {mean(init.accuracies), accuracy.low, accuracy.median, accuracy.high, init.seed_std()})
        cells.push_back(estimate_cell(value));
      cells.push_back(fmt::to_string(init.left_chance()));
      cells.push_back(chosen ? "1" : "0");
      text += csv_row(axes, cells);
    }
  return text;
}

std::string comparisons_csv(const Results& results) {
  std::string text = csv_header(
      results.sweep, {"init", "other", "n", "difference", "low", "high", "better", "worse", "p"});
  for (const PanelResults& panel : results.panels)
    for (const auto& [one, other, difference] : panel.pairs)
      text += csv_row(panel.axes,
                      {panel.inits[one].init, panel.inits[other].init, fmt::to_string(difference.n),
                       estimate_cell(difference.mean), estimate_cell(difference.interval.low),
                       estimate_cell(difference.interval.high), fmt::to_string(difference.above),
                       fmt::to_string(difference.below), estimate_cell(difference.p)});
  return text;
}

}  // namespace fanin
