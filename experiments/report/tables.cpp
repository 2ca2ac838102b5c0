#include "experiments/report/tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <sstream>
#include <utility>

#include "experiments/report/tuning.hpp"
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
          fmt::format("{:.2f}", 100 * mean(results.accuracies)),
          fmt::format("{:.2f}–{:.2f}", 100 * accuracy.low, 100 * accuracy.high),
          std::isinf(loss) ? "∞" : fmt::format("{:.4f}", loss),
          (steps ? fmt::to_string(*steps) : "–") +
              (arrived > 0 ? fmt::format(" ({} of {})", arrived, results.runs()) : ""),
          fmt::format("{}/{} ({:.0f}–{:.0f} %)", trained, results.runs(), 100 * share.low,
                      100 * share.high),
          others};
}

// By which factor the learning rates reach at which the init trained in the tuning on average:
// "x30", or "–" without any.
std::string rates_that_train(const std::vector<RatePoint>& points, const std::string& init,
                             double target) {
  double low = 0, high = 0;
  for (const RatePoint& point : points) {
    if (point.init != init || point.accuracy < target) continue;
    if (low == 0) low = point.rate;
    high = point.rate;
  }
  return low == 0 ? "–" : fmt::format("x{:.3g}", high / low);
}

Row lead_cells(const std::string& other, const PairedDifference& difference) {
  const auto& [low, high] = difference.interval;
  const std::size_t equal = difference.n - difference.above - difference.below;
  std::string seeds = fmt::format("better in {} of {}", difference.above, difference.n);
  if (equal > 0) seeds += fmt::format(", equal in {}", equal);
  return {other, fmt::format("{:+.2f} points", 100 * difference.mean),
          std::isnan(low)    ? ""
          : difference.n < 3 ? "(too few seeds)"
                             : fmt::format("({} to {})", points(low, 2), points(high, 2)),
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

std::string counted(std::size_t count, const char* what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
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
  Row header = {"init", "accuracy %", "quartiles", "loss", steps, "trained", "others"}, keys;
  for (const auto& [key, grid] : results.sweep.tune) keys.push_back(key);
  const bool tuned = !keys.empty(),
             rates = tuned && results.tuning != nullptr && std::ranges::count(keys, "lr") > 0;
  if (rates) header.insert(header.begin() + 1, "lr range");
  if (tuned) header.insert(header.begin() + 1, "best " + join(keys, ", "));
  std::vector<PanelTable> tables;
  for (const PanelResults& panel : results.panels) {
    const InitResults *best = panel.best(), *baseline = panel.baseline(),
                      *one = baseline ? baseline : best;
    const std::string title = baseline ? fmt::format("lead over {}, the baseline", baseline->init)
                              : best   ? best->init + "'s lead over"
                                       : "";
    PanelTable& table =
        tables.emplace_back(PanelTable{panel_name(panel.axes), {header}, title, {}});
    const std::vector<RatePoint> points = rate_points(results, panel.axes);
    for (const InitResults& init : panel.inits) {
      table.rows.push_back(cells(init));
      Row& row = table.rows.back();
      if (rates)
        row.insert(row.begin() + 1,
                   rates_that_train(points, init.init, results.sweep.target_accuracy));
      if (tuned) row.insert(row.begin() + 1, init.left_chance() > 0 ? init.tuned : "–");
      if (one == nullptr || &init == one) continue;
      const PairedDifference lead = baseline ? panel.lead(init, *one) : panel.lead(*one, init);
      if (lead.n > 0) table.leads.push_back(lead_cells(init.init, lead));
    }
  }
  return tables;
}

std::string table_methods(double target, std::size_t classes, std::size_t columns) {
  const std::string lines =
      "Columns:\n"
      "accuracy: mean and quartiles (as NumPy's) over the seeds; for a diverged run, the accuracy "
      "of "
      "guessing\n"
      "loss: median over the seeds; the loss of a diverged run counts as infinite\n" +
      fmt::format(
          "steps to {0:.4g} %: median step at which runs first reach {0:.4g} % (Kaplan-Meier), or "
          "– "
          "if too few do. In brackets: how many do. This can be more than are trained, as some "
          "runs "
          "fall below {0:.4g} % again\n"
          "trained: share of runs that end at {0:.4g} % or more, with Wilson's 95 % interval\n"
          "lr range, if learning rates are tuned: the largest rate at which the mean accuracy of "
          "the "
          "tuning runs was {0:.4g} % or more, divided by the smallest such rate\n",
          100 * target) +
      "differences: in points; the mean over common seeds, with the interval and p of the paired t "
      "test, adjusted for the number of pairs (Dunn 1961). A pair is tested only if every run of "
      "both inits is trained or slow. With fewer than ten seeds, they must also be all trained or "
      "all slow. If options are tuned, intervals are wider, as the chosen values may not be the "
      "best ones (docs/results.md)\n"
      "Outcomes of a run:\n" +
      outcome_rules(target, classes);
  std::string text;
  std::istringstream all(lines);
  for (std::string line; std::getline(all, line);)
    text += line.back() == ':' ? line + "\n" : wrapped(line, columns, "  ", "    ");
  return text;
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
  const std::string without = left_out.empty() ? "" : "left out: " + join(left_out, ", ") + "; ";
  return wrapped(name + sweep_title(sweep) + part, prose_columns) + tables +
         fmt::format("accuracy: mean; trained: ≥ {:.4g} %; {}see compare --help\n",
                     100 * sweep.target_accuracy, without);
}

}  // namespace fanin
