#include "experiments/report/tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <sstream>
#include <utility>

#include "framework/core/join.hpp"

namespace fanin {
namespace {

using Row = std::vector<std::string>;

constexpr std::size_t enough_seeds = 10;   // for outcomes of two kinds
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

std::string loss_text(double loss) { return std::isinf(loss) ? "∞" : fmt::format("{:.4f}", loss); }

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
  const InitResults* best = panel.best();
  if (best == nullptr) return table;
  table.best = best->init;
  for (const InitResults& other : panel.inits) {
    if (&other == best) continue;
    const PairedDifference difference = panel.lead_over(other);
    if (difference.n > 0) table.leads.push_back(lead_cells(other.init, difference));
  }
  return table;
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

// The tables as text, all of the same columns: those that statistics.csv is enough for are left out
// until the rest fits.
std::string to_text(std::vector<PanelTable> tables, std::size_t columns) {
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
    text += table.best + " over\n" + aligned(table.leads, columns);
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
  std::vector<PanelTable> tables;
  for (const PanelResults& panel : results.panels)
    tables.push_back(panel_table(panel, results.sweep.target_accuracy));
  return tables;
}

std::string table_methods(const Results& results) {
  const auto& ended = results.ended;
  const std::size_t classes = ended.empty() ? RunStart().classes : ended[0].record.start.classes;
  return wrapped(methods, prose_columns) +
         wrapped(outcome_rules(results.sweep.target_accuracy, classes), prose_columns);
}

std::string summary_table(const Results& results, std::size_t columns) {
  const Sweep& sweep = results.sweep;
  const std::string name = sweep.question.empty() ? "" : sweep.name + ": ";
  std::string text =
      wrapped(name + sweep_title(sweep), prose_columns) + to_text(panel_tables(results), columns);
  Row open;
  for (const PanelResults& panel : results.panels)
    for (const InitResults& init : panel.inits)
      if (undecided(init) && std::ranges::find(open, init.init) == open.end())
        open.push_back(init.init);
  if (!open.empty())
    text +=
        "\n" +
        wrapped(fmt::format("not every seed gets off the ground, and {} or more tell how often: {}",
                            enough_seeds, join(open, ", ")),
                prose_columns);
  return text + "\n" + table_methods(results);
}

}  // namespace fanin
