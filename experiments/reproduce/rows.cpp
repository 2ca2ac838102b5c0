#include "experiments/reproduce/rows.hpp"

#include <fmt/format.h>

#include <cmath>

#include "experiments/charts/peer.hpp"
#include "experiments/report/statistics.hpp"
#include "experiments/task/shipped.hpp"

namespace fanin {
namespace {

// The row's text with the median of each source in it; "median steps: never" for an infinite one.
std::string shown(const Row& row, const std::vector<Numbers>& n) {
  const auto number = [&](std::size_t i) {
    return n.size() <= i ? 0 : median(n[i]) * (row.unit == Unit::percent ? 100 : 1);
  };
  const std::size_t end = row.shown.find(" {");
  if (end != std::string::npos && !std::isfinite(number(0)))
    return row.shown.substr(0, end) + ": never";
  return fmt::format(fmt::runtime(row.shown), number(0), number(1));
}

Finding within_bounds(const Row& row, const std::vector<Numbers>& n) {
  std::vector<bool> seeds;
  for (const double value : n.back()) seeds.push_back(!(value <= row.above || value >= row.below));
  return holds(row.what, shown(row, n), seeds);
}

Numbers in_pytorch(const Source& source) {
  return pytorch_accuracies(find_shipped("peer/published.csv"), source.spec, source.init,
                            static_cast<std::size_t>(source.at[0]));
}

// Beside a row of ours, which trains otherwise: what is published, trained in PyTorch as published
// (experiments/peer/published.py), by the same rule.
void explain(Finding& ours, const std::string& otherwise, const Finding& theirs) {
  const bool same = theirs.verdict == Verdict::reproduced;
  ours.why += fmt::format("; {}; as published, in PyTorch: {}, {} seeds: {}", otherwise,
                          theirs.ours, theirs.seeds, to_string(theirs.verdict));
  if (ours.verdict == Verdict::not_reproduced)
    ours.why +=
        same ? ", which explains the miss" : ", so the published setting does not give it either";
}

}  // namespace

const std::vector<RowRule>& rule_table() {
  using Ours = std::vector<Numbers>;
  static const std::vector<RowRule> table{
      {"one training",
       {"published"},
       [](const Row& row, const Ours& n) {
         return single_number(row.what, row.published, row.half_digit, n[0], row.unit);
       }},
      {"mean",
       {"published"},
       [](const Row& row, const Ours& n) {
         return mean_number(row.what, n.size() > 1 ? n[1][0] : row.published, n[0], row.unit);
       }},
      {"calculated",
       {"published"},
       [](const Row& row, const Ours& n) {
         return calculated(row.what, row.published, n[0][0], row.half_digit);
       }},
      {"ordering",
       {"more", "less"},
       [](const Row& row, const Ours& n) {
         return ordering(row.what, row.sources[0].name, n[0], row.sources[1].name, n[1], row.unit);
       }},
      {"holds", {"shown"}, within_bounds},
      {"not comparable",
       {"more", "less", "shown", "note"},
       [](const Row& row, const Ours& n) {
         return Finding{row.what,    row.published_text,      shown(row, n),
                        n[0].size(), Verdict::not_comparable, ""};
       }},
  };
  return table;
}

std::vector<Finding> judge(const std::vector<Row>& rows, const Evidence& evidence) {
  std::vector<Finding> findings;
  for (const Row& row : rows) {
    std::vector<Numbers> ours, theirs;
    for (const Source& source : row.sources) ours.push_back(numbers(source, evidence));
    Finding& finding = findings.emplace_back(row.rule->judge(row, ours));
    if (!row.note.empty()) finding.why += (finding.why.empty() ? "" : "; ") + row.note;
    if (row.otherwise.empty()) continue;
    for (const Source& source : row.sources) theirs.push_back(in_pytorch(source));
    explain(finding, row.otherwise, row.rule->judge(row, theirs));
  }
  return findings;
}

}  // namespace fanin
