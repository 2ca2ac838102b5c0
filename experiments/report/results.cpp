#include "experiments/report/results.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace fanin {
namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

void compare_all(PanelResults& panel) {
  for (std::size_t one = 0; one < panel.inits.size(); ++one)
    for (std::size_t other = one + 1; other < panel.inits.size(); ++other)
      panel.pairs.push_back({one, other, compare_inits(panel.inits[one], panel.inits[other])});
  const auto accuracy = [](const InitResults& results) {
    return results.runs() > 0 ? mean(results.accuracies) : 0;
  };
  const auto best = std::ranges::max_element(panel.inits, {}, accuracy);
  if (best != panel.inits.end() && accuracy(*best) >= best->chance)
    panel.best_place = static_cast<std::size_t>(best - panel.inits.begin());
}

}  // namespace

void InitResults::add(std::uint64_t seed, const RunRecord& record, double target) {
  const Outcome which = outcome(record, target);
  chance = chance_of(record.start.classes);
  ++classes[static_cast<std::size_t>(which)];
  if (which == Outcome::failed) return;
  const double loss = last_evaluation(record).test_loss;
  seeds.push_back(seed);
  accuracies.push_back(final_accuracy(record));
  losses.push_back(std::isfinite(loss) ? loss : infinity);
  const auto reached = steps_to(target, record);
  const std::size_t until = reached.value_or(record.end->steps);
  arrivals.push_back({static_cast<double>(until), reached.has_value()});
  if (!reached && which == Outcome::diverged) arrivals.back().time = infinity;
}

std::size_t InitResults::arrived() const {
  return static_cast<std::size_t>(std::ranges::count_if(arrivals, &Arrival::reached));
}

Interval InitResults::trained_share() const { return wilson(count(Outcome::trained), runs()); }

std::optional<double> InitResults::median_steps() const {
  return median_time(kaplan_meier(arrivals));
}

PairedDifference compare_inits(const InitResults& one, const InitResults& other) {
  std::vector<double> ours, theirs;
  for (std::size_t i = 0; i < one.runs(); ++i) {
    const auto same = std::ranges::find(other.seeds, one.seeds[i]);
    if (same == other.seeds.end()) continue;
    ours.push_back(one.accuracies[i]);
    theirs.push_back(other.accuracies[static_cast<std::size_t>(same - other.seeds.begin())]);
  }
  PairedDifference difference = compare_pairs(ours, theirs);
  if (difference.n < fewest_pairs) difference.interval = {not_a_number, not_a_number};
  return difference;
}

PairedDifference PanelResults::lead_over(const InitResults& other) const {
  const auto at = static_cast<std::size_t>(&other - inits.data());
  for (const auto& [one, two, difference] : pairs) {
    if (one == best_place && two == at) return difference;
    if (one == at && two == best_place) return mirrored(difference);
  }
  return {};
}

Results results_of(const Sweep& sweep, const Records& records) {
  Results results{sweep, records, {}};
  std::vector<PanelResults>& panels = results.panels;
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (!records[i] || !records[i]->end) continue;
    const Run& run = sweep.runs[i];
    if (panels.empty() || panels.back().axes != run.axes) panels.push_back({run.axes, {}});
    std::vector<InitResults>& inits = panels.back().inits;
    if (inits.empty() || inits.back().init != run.init) inits.emplace_back().init = run.init;
    inits.back().add(run.seed, *records[i], sweep.target_accuracy);
  }
  for (PanelResults& panel : panels) compare_all(panel);
  return results;
}

}  // namespace fanin
