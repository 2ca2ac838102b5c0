#include "experiments/reproduce/rows.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "experiments/charts/peer.hpp"
#include "experiments/record/standing.hpp"
#include "experiments/report/statistics.hpp"
#include "experiments/report/tables.hpp"
#include "experiments/task/models.hpp"
#include "framework/core/error.hpp"

namespace fanin {
namespace {

using Ours = std::vector<Numbers>;  // from each source

constexpr double significant = 0.01;

std::string number(double value, bool percent) {
  if (!std::isfinite(value)) return "never";
  return percent ? fmt::format("{:.2f} %", 100 * value) : fmt::format("{:.4g}", value);
}

Verdict agreed(bool yes) { return yes ? Verdict::reproduced : Verdict::not_reproduced; }

// "9 of 10 (95 % interval 60 % to 98 %)".
std::string share(std::size_t yes, std::size_t n) {
  const auto [low, high] = wilson(yes, n);
  return fmt::format("{} of {} (95 % interval {:.0f} % to {:.0f} %)", yes, n, 100 * low,
                     100 * high);
}

Finding one_training(const Row& row, const Ours& n) {
  const Numbers& ours = n[0];
  if (ours.empty()) throw Error(row.what + ": no seed has a number");
  const auto written = [&row](double value) { return number(value, row.percent); };
  Numbers counted = ours;  // only those that left chance, if they are accuracies
  if (row.percent)
    std::erase_if(counted, [](double accuracy) { return accuracy < chance_accuracy; });
  const std::size_t all = ours.size(), left = counted.size();
  const std::string leaving = left < all ? "; leaves chance in " + share(left, all) : "";
  Finding finding{row.what, written(row.published),  "all at chance",
                  all,      Verdict::not_reproduced, "one training among the span of ours"};
  if (row.percent && row.published < chance_accuracy) {
    finding.ours = "median " + written(median(ours)) + leaving;
    finding.verdict = agreed(wilson(all - left, all).high >= 0.5);
    finding.why = "half of ours at chance, by Wilson's interval";
  } else if (left > 0) {
    const auto [low, high] = std::ranges::minmax(counted);
    const Quartiles middle = quartiles(counted);
    finding.ours = fmt::format("{} (quartiles {} to {}, all {} to {}){}", written(middle.median),
                               written(middle.low), written(middle.high), written(low),
                               written(high), leaving);
    finding.verdict =
        agreed(row.published + row.half_digit >= low && row.published - row.half_digit <= high);
    finding.missed_by_chance = 2 / (static_cast<double>(left) + 1);
  }
  return finding;
}

// A mean and its interval, "0.98 (95 % interval 0.9 to 1.1)".
std::string mean_text(const PairedDifference& d, const char* interval, bool percent) {
  return fmt::format("{} ({}95 % interval {} to {})", number(d.mean, percent), interval,
                     number(d.interval.low, percent), number(d.interval.high, percent));
}

Finding expected_mean(const Row& row, const Ours& n) {
  const double published = n.size() > 1 ? n[1][0] : row.published;
  const PairedDifference from_zero = compare_pairs(n[0], Numbers(n[0].size(), 0));
  const auto [low, high] = from_zero.interval;
  return {row.what,
          number(published, row.percent),
          mean_text(from_zero, "mean's ", row.percent),
          n[0].size(),
          agreed(published >= low && published <= high),
          "expected number in the interval of our mean"};
}

Finding calculated(const Row& row, const Ours& n) {
  return {row.what,
          number(row.published, false),
          fmt::format("{:.6g}", n[0][0]),
          0,
          agreed(std::abs(n[0][0] - row.published) <= row.half_digit),
          "calculated"};
}

Finding ordering(const Row& row, const Ours& n) {
  const Numbers &more = n[0], &less = n[1];
  const std::string &more_name = row.sources[0].name, &less_name = row.sources[1].name;
  if (more.size() != less.size() || more.empty())
    throw Error("{}: {} and {} seeds", row.what, more.size(), less.size());
  std::size_t above = 0, decided = 0;
  bool finite = true;
  for (std::size_t i = 0; i < more.size(); ++i) {
    above += more[i] > less[i];
    decided += more[i] != less[i];
    finite = finite && std::isfinite(more[i]) && std::isfinite(less[i]);
  }
  const double p = sign_tail(above, decided);
  return {row.what,
          fmt::format("{} above {}", more_name, less_name),
          fmt::format(
              "{} {}, {} {}{}; above in {}{}", more_name, number(median(more), row.percent),
              less_name, number(median(less), row.percent),
              finite ? ", mean difference " + mean_text(compare_pairs(more, less), "", row.percent)
                     : "",
              share(above, more.size()),
              decided < more.size() ? fmt::format(", {} equal", more.size() - decided) : ""),
          more.size(),
          agreed(p < significant),
          fmt::format("sign test, p = {:.2g}", p)};
}

Finding ahead(const Row& row, const std::vector<InitResults>& inits, std::size_t comparisons) {
  const InitResults &one = inits[0], &other = inits[1];
  const std::string &name = row.sources[0].name, &other_name = row.sources[1].name;
  Finding finding{row.what,
                  fmt::format("{} ahead of {}", name, other_name),
                  fmt::format("{} {}, {} {}; ", name, number(mean(one.accuracies), true),
                              other_name, number(mean(other.accuracies), true)),
                  one.runs(),
                  Verdict::not_reproduced,
                  "not compared, as runs end in different outcomes"};
  if (!are_comparable(one, other)) {
    finding.ours += fmt::format("above chance in {} of {} and {} of {} seeds", one.left_chance(),
                                one.runs(), other.left_chance(), other.runs());
    return finding;
  }
  const PairedDifference lead = compare_inits(one, other, comparisons);
  finding.ours += fmt::format("by {} points ({} to {})", points(lead.mean, 1),
                              points(lead.interval.low, 1), points(lead.interval.high, 1));
  finding.verdict = agreed(lead.is_ahead());
  finding.why = fmt::format("interval of the difference, as one of {}, p = {:.2g}",
                            counted(comparisons, "comparison"), lead.p);
  return finding;
}

// The row's text, with the medians of its sources; "median steps: never" for an infinite median.
std::string shown(const Row& row, const Ours& n) {
  const auto number = [&](std::size_t i) {
    return n.size() <= i ? 0 : median(n[i]) * (row.percent ? 100 : 1);
  };
  const std::size_t end = row.shown.find(" {");
  if (end != std::string::npos && !std::isfinite(number(0)))
    return row.shown.substr(0, end) + ": never";
  return fmt::format(fmt::runtime(row.shown), number(0), number(1));
}

Finding holds(const Row& row, const Ours& n) {
  constexpr std::size_t fewest = 7;
  const std::size_t seeds = n.back().size();
  const auto yes = static_cast<std::size_t>(std::ranges::count_if(
      n.back(), [&row](double value) { return !(value <= row.above || value >= row.below); }));
  return {row.what,
          "always",
          fmt::format("{}; holds in {}", shown(row, n), share(yes, seeds)),
          seeds,
          agreed(yes == seeds && yes >= fewest),
          "all seeds"};
}

Finding not_comparable(const Row& row, const Ours& n) {
  return {row.what, row.published_text, shown(row, n), n[0].size(), Verdict::not_comparable, ""};
}

// Our row trains otherwise than published. This adds what the same rule says about PyTorch's runs,
// which train as published (experiments/peer/published.py).
void explain(Finding& ours, const std::string& otherwise, const Finding& theirs) {
  const bool same = theirs.verdict == Verdict::reproduced;
  ours.why += fmt::format("; {}; as published, in PyTorch: {}, {} seeds: {}", otherwise,
                          theirs.ours, theirs.seeds, to_string(theirs.verdict));
  if (ours.verdict == Verdict::not_reproduced)
    ours.why +=
        same ? ", which explains the miss" : ", so the published setting does not give it either";
}

Numbers numbers(const Source& source, const Evidence& evidence) {
  Numbers values;
  if (const auto* of_draw = std::get_if<Measure::OfDraw>(&source.measure->of)) {
    for (std::uint64_t seed = 0; seed < source.seeds; ++seed) {
      Draw draw{source.init, seed, Generator(seed)};
      values.push_back((*of_draw)(draw, source.at));
    }
  } else if (const auto* of_runs = std::get_if<Measure::OfRuns>(&source.measure->of)) {
    values = (*of_runs)(evidence.runs(source), source.at);
  } else {
    std::map<std::uint64_t, Numbers> seeds;
    for (const Ran& ran : evidence.runs(source))
      seeds[ran.run.seed].push_back(std::get<Measure::OfRun>(source.measure->of)(ran, source.at));
    for (const auto& [seed, of_seed] : seeds) values.push_back(std::ranges::min(of_seed));
  }
  for (const Source& divisor : source.over) {
    const Numbers by = numbers(divisor, evidence);
    for (std::size_t i = 0; i < values.size(); ++i)
      if (std::isfinite(values[i])) values[i] /= by.at(i);
  }
  return values;
}

}  // namespace

std::string to_string(Verdict verdict) {
  constexpr const char* names[] = {"reproduced", "not reproduced", "not comparable"};
  return names[static_cast<std::size_t>(verdict)];
}

const std::vector<RowRule>& rule_table() {
  static const std::vector<RowRule> table{
      {"one training", {"published"}, one_training},
      {"mean", {"published"}, expected_mean},
      {"calculated", {"published"}, calculated},
      {"ordering", {"more", "less"}, ordering},
      {"ahead", {"more", "less"}, ahead},
      {"holds", {"shown"}, holds},
      {"not comparable", {"more", "less", "shown", "note"}, not_comparable},
  };
  return table;
}

void Evidence::add(const Sweep& sweep, const std::filesystem::path& folder) {
  Records records;
  for (const Run& run : sweep.runs)
    records.push_back(
        log_of(run_files(folder, run.name), train_command(run.options), Depth::curves));
  folders_.emplace(sweep.name, Folder{sweep, folder, std::move(records)});
}

std::vector<Ran> Evidence::runs(const Source& source) const {
  const auto& [sweep, path, records] = folders_.at(source.spec);
  std::vector<Ran> found;
  for (std::size_t i = 0; i < sweep.runs.size(); ++i) {
    const Run& run = sweep.runs[i];
    Axes axes = run.axes;
    std::erase_if(axes, [&](const auto& axis) { return axis.first == source.least_of; });
    if (!source.init.empty() && run.init != source.init) continue;
    if (!source.panel.empty() && panel_name(axes) != source.panel) continue;
    if (!records[i] || outcome(*records[i], sweep.target_accuracy) == Outcome::failed)
      throw Error("{}: run {} is missing", source.spec, run.name);
    found.push_back({run, *records[i], path});
  }
  if (found.empty())
    throw Error("{}: no run of {} in \"{}\"", source.spec, source.init, source.panel);
  return found;
}

InitResults Evidence::init(const Source& source) const {
  const Sweep& sweep = folders_.at(source.spec).sweep;
  const std::vector<Ran> found = runs(source);
  const Run& first = found.front().run;
  InitResults results;
  results.init = first.init;
  for (const auto& [run, record, path] : found) {
    if (run.init != first.init || run.axes != first.axes)
      throw Error("{}: \"{}\" in \"{}\" is more than one init", source.spec, source.init,
                  source.panel);
    results.add(run.seed, record, sweep.target_accuracy);
  }
  if (const Tuned* choice = sweep.tuned_for(first.init, first.axes))
    results.allowance = choice->allowance;
  return results;
}

std::vector<Finding> judge(const std::vector<Row>& rows, const Evidence& evidence) {
  const auto of_inits = [](const Row& row) {
    return std::get_if<RowRule::OfInits>(&row.rule->judge);
  };
  const auto comparisons = static_cast<std::size_t>(std::ranges::count_if(rows, of_inits));
  std::vector<Finding> findings;
  for (const Row& row : rows) {
    Ours ours, theirs;
    std::vector<InitResults> inits;
    for (const Source& source : row.sources)
      if (of_inits(row))
        inits.push_back(evidence.init(source));
      else
        ours.push_back(numbers(source, evidence));
    const auto by_numbers = [&row](const Ours& n) {
      return std::get<RowRule::OfNumbers>(row.rule->judge)(row, n);
    };
    Finding& finding = findings.emplace_back(
        of_inits(row) ? (*of_inits(row))(row, inits, comparisons) : by_numbers(ours));
    if (!row.note.empty()) finding.why += (finding.why.empty() ? "" : "; ") + row.note;
    if (row.otherwise.empty()) continue;
    for (const Source& source : row.sources)
      theirs.push_back(pytorch_accuracies(find_shipped("peer/published.csv"), source.spec,
                                          source.init, static_cast<std::size_t>(source.at[0])));
    explain(finding, row.otherwise, by_numbers(theirs));
  }
  return findings;
}

}  // namespace fanin
