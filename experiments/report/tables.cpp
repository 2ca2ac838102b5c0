#include "experiments/report/tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <sstream>
#include <utility>

#include "framework/core/text.hpp"

namespace fanin {
namespace {

using Row = std::vector<std::string>;

constexpr std::size_t prose_columns = 80;  // of sentences, whatever the terminal has

std::size_t width(const std::string& text) {  // code points; ours are one column each
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

std::vector<std::size_t> widths_of(const std::vector<Row>& rows) {
  std::vector<std::size_t> widths(rows.front().size());
  for (const Row& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
  return widths;
}

std::size_t total_width(const std::vector<Row>& rows) {
  const auto widths = widths_of(rows);
  return std::reduce(widths.begin(), widths.end(), 2 * (widths.size() - 1));
}

// Rows of as many cells; the first and the last to the left, what lies between to the right. If
// that is too wide, the first cells stand on lines of their own.
std::string aligned(std::vector<Row> rows, std::size_t columns) {
  Row names(rows.size());
  if (total_width(rows) > columns)
    for (std::size_t i = 0; i < rows.size(); ++i)
      names[i] = std::exchange(rows[i].front(), "  ") + "\n";
  const std::vector<std::size_t> widths = widths_of(rows);
  std::string text;
  for (std::size_t n = 0; n < rows.size(); ++n) {
    const Row& row = rows[n];
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string space(widths[i] - width(row[i]), ' ');
      const bool left = i == 0 || i + 1 == row.size();
      line += (i == 0 ? "" : "  ") + (left ? row[i] + space : space + row[i]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += (names[n].size() > 1 ? names[n] : "") + line + "\n";
  }
  return text;
}

Row cells(const InitResults& results) {
  Row classes;  // beside trained
  for (std::size_t i = 1; i < outcome_names.size(); ++i)
    if (results.classes[i] > 0)
      classes.push_back(fmt::format("{} {}", results.classes[i], outcome_names[i]));
  const std::string others = join(classes, ", ");
  if (results.runs() == 0) return {results.init, "–", "", "–", "–", "–", others};
  const Quartiles accuracy = quartiles(results.accuracies);
  const std::size_t trained = results.count(Outcome::trained), arrived = results.arrived();
  const auto steps = results.median_steps();
  const Interval share = results.trained_share();
  const double loss = median(results.losses);
  return {results.init,
          fmt::format("{:.2f}", 100 * accuracy.median),
          fmt::format("{:.2f}–{:.2f}", 100 * accuracy.low, 100 * accuracy.high),
          std::isinf(loss) ? "∞" : fmt::format("{:.4f}", loss),
          (steps ? fmt::to_string(*steps) : "–") +
              (arrived > 0 ? fmt::format(" ({} of {})", arrived, results.runs()) : ""),
          fmt::format("{}/{} ({:.0f}–{:.0f} %)", trained, results.runs(), 100 * share.low,
                      100 * share.high),
          others};
}

Row lead_cells(const std::string& other, const PairedDifference& difference) {
  const auto& [low, high] = difference.interval;
  const std::size_t equal = difference.n - difference.above - difference.below;
  std::string seeds = fmt::format("better in {} of {}", difference.above, difference.n);
  if (equal > 0) seeds += fmt::format(", equal in {}", equal);
  return {other, fmt::format("{:+.2f} points", 100 * difference.mean),
          std::isnan(low) ? "" : fmt::format("({} to {})", points(low, 2), points(high, 2)),
          std::isnan(difference.p) ? seeds
          : difference.p < 1e-12   ? seeds + ", p < 1e-12"
                                   : fmt::format("{}, p = {:.2g}", seeds, difference.p)};
}

// The rows with an entry a line in their last column.
std::vector<Row> spread(const std::vector<Row>& rows) {
  std::vector<Row> lines;
  for (const Row& row : rows) {
    lines.push_back(row);
    for (std::size_t comma; (comma = lines.back().back().find(", ")) != std::string::npos;) {
      Row rest(row.size());
      rest.back() = lines.back().back().substr(comma + 2);
      lines.back().back().resize(comma);
      lines.push_back(std::move(rest));
    }
  }
  return lines;
}

// The tables as text, all of the same columns, and the names of columns that are left out until the
// rest fits.
std::pair<std::string, Row> to_text(std::vector<PanelTable> tables, std::size_t columns) {
  std::vector<Row> lines;
  for (PanelTable& table : tables) {
    table.rows = spread(table.rows);
    lines.insert(lines.end(), table.rows.begin(), table.rows.end());
  }
  Row left_out;
  for (const char* name : {"quartiles", "loss"}) {
    if (lines.empty() || total_width(lines) <= columns) break;
    const auto at = std::ranges::find(lines.front(), name) - lines.front().begin();
    for (Row& row : lines) row.erase(row.begin() + at);
    for (PanelTable& table : tables)
      for (Row& row : table.rows) row.erase(row.begin() + at);
    left_out.emplace_back(name);
  }
  std::string text;
  for (PanelTable& table : tables) {
    text += "\n" + (table.panel.empty() ? "" : table.panel + "\n") + aligned(table.rows, columns);
    if (table.leads.empty()) continue;
    for (Row& row : table.leads) row.front() = "  " + row.front();
    text += table.lead + "\n" + aligned(table.leads, columns);
  }
  return {text, left_out};
}

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

std::string points(double share, int digits) {
  std::string text = fmt::format("{:.{}f}", 100 * share, digits);
  const bool reads_as_zero = text.find_first_of("123456789") == std::string::npos;
  return reads_as_zero && share != 0 && digits < 9 ? points(share, digits + 1) : text;
}

std::string replaced(const std::string& text, const std::string& part, const std::string& by) {
  std::string result;
  std::size_t at = 0;
  for (std::size_t next; (next = text.find(part, at)) != std::string::npos; at = next + part.size())
    result.append(text, at, next - at).append(by);
  return result.append(text, at);
}

std::string wrapped(const std::string& text, std::size_t columns, const std::string& head,
                    const std::string& indent) {
  std::string result = head;
  std::size_t at = width(head);
  bool first = true;  // in its line
  std::istringstream words(text);
  for (std::string word; words >> word; first = false) {
    if (!first && at + 1 + width(word) > columns) {
      result += "\n" + indent;
      at = width(indent);
      first = true;
    }
    result += (first ? "" : " ") + word;
    at += !first + width(word);
  }
  return result + "\n";
}

std::string panel_name(const Axes& axes) {
  Row parts;
  for (const auto& [key, value] : axes) parts.push_back(key + "=" + value);
  return join(parts, ", ");
}

std::string sweep_title(const Sweep& sweep) {
  std::string title = sweep.question.empty() ? sweep.name : sweep.question;
  std::set<std::string> data;
  for (const Run& run : sweep.runs) data.insert(run.options.dataset);
  if (data.size() == 1 && *data.begin() != "mnist") title += fmt::format(" ({})", *data.begin());
  return title;
}

std::vector<PanelTable> panel_tables(const Results& results) {
  const std::string steps = fmt::format("steps to {:.4g} %", 100 * results.sweep.target_accuracy);
  const Row header = {"init", "accuracy %", "quartiles", "loss", steps, "trained", "others"};
  std::vector<PanelTable> tables;
  for (const PanelResults& panel : results.panels) {
    const InitResults *best = panel.best(), *baseline = panel.baseline(),
                      *one = baseline ? baseline : best;
    const std::string title = baseline ? fmt::format("lead over {}, the baseline", baseline->init)
                              : best   ? best->init + "'s lead over"
                                       : "";
    PanelTable& table =
        tables.emplace_back(PanelTable{panel_name(panel.axes), {header}, title, {}});
    for (const InitResults& init : panel.inits) {
      table.rows.push_back(cells(init));
      if (one == nullptr || &init == one) continue;
      const PairedDifference lead = baseline ? panel.lead(init, *one) : panel.lead(*one, init);
      if (lead.n > 0) table.leads.push_back(lead_cells(init.init, lead));
    }
  }
  return tables;
}

std::string table_methods(double target, std::size_t classes, std::size_t columns) {
  const std::string methods =
      "accuracy and loss: median and quartiles (type 7) over the seeds; the loss of a diverged run "
      "counts as infinite, its accuracy as that of guessing; steps: Kaplan-Meier median, in which "
      "runs that never arrive are censored; shares: Wilson's 95 % interval; points: mean "
      "difference over common seeds, with the interval and p of the paired t test, adjusted for "
      "all pairs of inits (Dunn 1961) whose every run left chance, below ten seeds with one "
      "outcome for all";
  return wrapped(methods, columns) + wrapped(outcome_rules(target, classes), columns);
}

std::string table_methods(const Results& results) {
  const auto& ended = results.ended;
  const std::size_t classes = ended.empty() ? RunStart().classes : ended[0].record.start.classes;
  return table_methods(results.sweep.target_accuracy, classes, prose_columns);
}

std::string summary_table(const Results& results, std::size_t columns) {
  const Sweep& sweep = results.sweep;
  const std::string name = sweep.question.empty() ? "" : sweep.name + ": ";
  const std::size_t done = results.ended.size(), all = sweep.runs.size();
  const std::string part = done < all ? fmt::format(" ({} of {} runs)", done, all) : "";
  const auto [tables, left_out] = to_text(panel_tables(results), columns);
  const std::string without = left_out.empty() ? "" : "no " + join(left_out, ", ") + "; ";
  return wrapped(name + sweep_title(sweep) + part, prose_columns) + tables +
         fmt::format("medians; trained: {:.4g} % or more; {}see fanin compare --help\n",
                     100 * sweep.target_accuracy, without);
}

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
       {"test_accuracy_q1", "test_accuracy_median", "test_accuracy_q3", "test_loss_q1",
        "test_loss_median", "test_loss_q3", "trained_share", "trained_low", "trained_high",
        "steps_to_target_median", "steps_to_target_censored"})
    columns.emplace_back(column);
  std::string text = csv_header(results.sweep, columns);
  for (const PanelResults& panel : results.panels) {
    for (const InitResults& init : panel.inits) {
      Row cells = {init.init, fmt::to_string(init.runs())};
      for (const std::size_t count : init.classes) cells.push_back(fmt::to_string(count));
      const Quartiles accuracy = quartiles(init.accuracies), loss = quartiles(init.losses);
      const Interval share = init.trained_share();
      const auto trained = static_cast<double>(init.count(Outcome::trained));
      for (const double value :
           {accuracy.low, accuracy.median, accuracy.high, loss.low, loss.median, loss.high,
            trained / static_cast<double>(init.runs()), share.low, share.high})
        cells.push_back(estimate_cell(value));
      const auto steps = init.median_steps();
      cells.push_back(steps ? fmt::to_string(*steps) : "");
      cells.push_back(fmt::to_string(init.runs() - init.arrived()));
      text += csv_row(panel.axes, cells);
    }
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
