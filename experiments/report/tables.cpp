#include "experiments/report/tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <sstream>
#include <utility>

#include "experiments/report/csv.hpp"
#include "framework/core/join.hpp"

namespace fanin {
namespace {

using Row = std::vector<std::string>;

constexpr std::size_t enough_seeds = 10;   // for outcomes of two kinds
constexpr std::size_t prose_columns = 80;  // of sentences, whatever the terminal has

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

// Rows of as many cells; the first and the last to the left, what lies between to the right. Where
// that is too wide the first cells stand on lines of their own.
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

std::string loss_text(double loss) { return std::isinf(loss) ? "∞" : fmt::format("{:.4f}", loss); }

// "3 dead", "1 slow": the classes beside trained.
Row class_counts(const InitResults& results) {
  Row counts;
  for (std::size_t i = 1; i < outcome_names.size(); ++i)
    if (results.classes[i] > 0)
      counts.push_back(fmt::format("{} {}", results.classes[i], outcome_names[i]));
  return counts;
}

Row cells(const InitResults& results) {
  const std::string others = join(class_counts(results), ", ");
  if (results.runs() == 0) return {results.init, "–", "", "–", "–", "–", others};
  const Quartiles accuracy = quartiles(results.accuracies);
  const std::size_t trained = results.count(Outcome::trained), arrived = results.arrived();
  const auto steps = median_time(kaplan_meier(results.arrivals));
  const Interval share = wilson(trained, results.runs());
  return {results.init,
          fmt::format("{:.2f}", 100 * accuracy.median),
          fmt::format("{:.2f}–{:.2f}", 100 * accuracy.low, 100 * accuracy.high),
          loss_text(median(results.losses)),
          (steps ? fmt::format("{:.0f}", *steps) : "–") +
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
          std::isnan(low) ? "" : fmt::format("({:.2f} to {:.2f})", 100 * low, 100 * high),
          fmt::format("{}, p = {:.2g}", seeds, difference.p)};
}

PanelTable panel_table(const PanelResults& panel, double target) {
  PanelTable table{panel_name(panel.axes), {}, "", {}};
  const std::string steps = fmt::format("steps to {:.4g} %", 100 * target);
  table.rows = {{"init", "accuracy %", "quartiles", "loss", steps, "trained", "others"}};
  for (const InitResults& results : panel.inits) table.rows.push_back(cells(results));
  const InitResults* best = best_init(panel);
  if (best == nullptr) return table;
  table.best = best->init;
  for (const InitResults& other : panel.inits) {
    if (&other == best) continue;
    const PairedDifference difference = compare_inits(*best, other);
    if (difference.n > 0) table.leads.push_back(lead_cells(other.init, difference));
  }
  return table;
}

// Leaves columns out, those that statistics.csv is enough for, until the rest fits; which.
Row narrow(std::vector<Row>& rows, std::size_t columns) {
  Row left_out;
  for (const char* name : {"quartiles", "loss"}) {
    if (total_width(rows) <= columns) break;
    const auto at = std::ranges::find(rows.front(), name) - rows.front().begin();
    for (Row& row : rows) row.erase(row.begin() + at);
    left_out.emplace_back(name);
  }
  return left_out;
}

// The tables as text, of the same columns all, the last column an entry a line.
std::string to_text(const std::vector<PanelTable>& tables, std::size_t columns) {
  std::vector<Row> lines;
  std::vector<std::size_t> ends;
  for (const PanelTable& table : tables) {
    for (Row row : table.rows) {
      std::string rest = std::exchange(row.back(), "");
      lines.push_back(std::move(row));
      for (bool first = true; first || !rest.empty(); first = false) {
        if (!first) lines.emplace_back(table.rows.front().size());
        const std::size_t comma = rest.find(", ");
        lines.back().back() = rest.substr(0, comma);
        rest = comma == std::string::npos ? "" : rest.substr(comma + 2);
      }
    }
    ends.push_back(lines.size());
  }
  const Row left_out = lines.empty() ? Row() : narrow(lines, columns);
  std::string text;
  auto begin = lines.begin();
  for (std::size_t i = 0; i < tables.size(); ++i) {
    const PanelTable& table = tables[i];
    const auto end = lines.begin() + static_cast<std::ptrdiff_t>(ends[i]);
    text += "\n" + (table.panel.empty() ? "" : table.panel + "\n") + aligned({begin, end}, columns);
    begin = end;
    if (table.leads.empty()) continue;
    std::vector<Row> leads = table.leads;
    for (Row& row : leads) row.front() = "  " + row.front();
    text += table.best + " over\n" + aligned(leads, columns);
  }
  if (!left_out.empty())
    text += fmt::format("\nfor want of room without {}: statistics.csv has them\n",
                        join(left_out, " and "));
  return text;
}

// Whether some seeds got off the ground and others did not, of too few to tell how often.
bool undecided(const InitResults& results) {
  const std::size_t stuck = results.count(Outcome::at_chance) + results.count(Outcome::dead) +
                            results.count(Outcome::diverged);
  return stuck > 0 && stuck < results.runs() && results.runs() < enough_seeds;
}

constexpr const char* methods =
    "accuracy and loss: median and quartiles (type 7) over seeds, a diverged run's loss infinite; "
    "steps: Kaplan-Meier median, runs that never get there censored; trained: with Wilson's 95 % "
    "interval; points: mean difference over common seeds, its 95 % bootstrap interval (expanded "
    "percentiles) and p of the sign test";

}  // namespace

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

std::string summary_csv(const Sweep& sweep, const Records& records) {
  std::string text = csv_header(
      sweep, {"init", "seed", "status", "steps", "train_loss", "test_loss", "test_accuracy",
              "steps_to_90", "initial_fingerprint", "final_fingerprint"});
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (!records[i] || !records[i]->end) continue;
    const Run& run = sweep.runs[i];
    const RunEnd& end = *records[i]->end;
    const Evaluation last = last_evaluation(*records[i]);
    const auto reached = steps_to(0.9, *records[i]);
    Row row = axis_cells(run.axes);
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

std::string statistics_csv(const Sweep& sweep, const Records& records) {
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
  std::string text = csv_header(sweep, columns);
  for (const PanelResults& panel : panel_results(sweep, records)) {
    for (const InitResults& results : panel.inits) {
      Row row = axis_cells(panel.axes);
      row.insert(row.end(), {results.init, fmt::to_string(results.runs())});
      for (const std::size_t count : results.classes) row.push_back(fmt::to_string(count));
      for (const auto& values : {results.accuracies, results.losses}) {
        const Quartiles at = quartiles(values);
        for (const double value : {at.low, at.median, at.high}) row.push_back(estimate_cell(value));
      }
      const std::size_t trained = results.count(Outcome::trained);
      const Interval share = wilson(trained, results.runs());
      const auto steps = median_time(kaplan_meier(results.arrivals));
      row.insert(
          row.end(),
          {estimate_cell(static_cast<double>(trained) / static_cast<double>(results.runs())),
           estimate_cell(share.low), estimate_cell(share.high), steps ? fmt::to_string(*steps) : "",
           fmt::to_string(results.runs() - results.arrived())});
      text += csv_line(row);
    }
  }
  return text;
}

std::string comparisons_csv(const Sweep& sweep, const Records& records) {
  std::string text = csv_header(
      sweep, {"init", "other", "n", "difference", "low", "high", "better", "worse", "p"});
  for (const PanelResults& panel : panel_results(sweep, records)) {
    for (auto one = panel.inits.begin(); one != panel.inits.end(); ++one) {
      for (auto other = one + 1; other != panel.inits.end(); ++other) {
        const PairedDifference difference = compare_inits(*one, *other);
        Row row = axis_cells(panel.axes);
        row.insert(row.end(),
                   {one->init, other->init, fmt::to_string(difference.n),
                    estimate_cell(difference.mean), estimate_cell(difference.interval.low),
                    estimate_cell(difference.interval.high), fmt::to_string(difference.above),
                    fmt::to_string(difference.below), estimate_cell(difference.p)});
        text += csv_line(row);
      }
    }
  }
  return text;
}

std::vector<PanelTable> panel_tables(const Sweep& sweep, const Records& records) {
  std::vector<PanelTable> tables;
  for (const PanelResults& panel : panel_results(sweep, records))
    tables.push_back(panel_table(panel, sweep.target_accuracy));
  return tables;
}

std::string table_methods(const Sweep& sweep, const Records& records) {
  const auto first =
      std::ranges::find_if(records, [](const auto& record) { return record.has_value(); });
  const std::size_t classes = (first == records.end() ? RunStart() : (*first)->start).classes;
  return wrapped(methods, prose_columns) +
         wrapped(outcome_rules(sweep.target_accuracy, classes), prose_columns);
}

std::string summary_table(const Sweep& sweep, const Records& records, std::size_t columns) {
  std::string text =
      sweep.question.empty() ? sweep_title(sweep) : sweep.name + ": " + sweep_title(sweep);
  text = wrapped(text, prose_columns) + to_text(panel_tables(sweep, records), columns);
  Row open;
  for (const PanelResults& panel : panel_results(sweep, records))
    for (const InitResults& results : panel.inits)
      if (undecided(results) && std::ranges::find(open, results.init) == open.end())
        open.push_back(results.init);
  if (!open.empty())
    text +=
        "\n" +
        wrapped(fmt::format("not every seed gets off the ground, and {} or more tell how often: {}",
                            enough_seeds, join(open, ", ")),
                prose_columns);
  return text + "\n" + table_methods(sweep, records);
}

}  // namespace fanin
