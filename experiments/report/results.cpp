#include "experiments/report/results.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace fanin {
namespace {

// A command leaves defaults out.
bool is_cross_entropy(const RunRecord& record) {
  return record.start.command.find(" --loss ") == std::string::npos;
}

bool never_moved(const RunRecord& record) {
  if (record.end->steps == 0 || !record.gradient_blocked.value_or(true)) return false;
  if (record.end->initial_fingerprint == record.end->final_fingerprint) return true;
  if (!is_cross_entropy(record)) return record.gradient_blocked.has_value();
  const auto still = [&record](const Evaluation& at) {
    const double blind = std::log(static_cast<double>(record.start.classes));
    return std::abs(at.test_loss - blind) <= dead_loss_margin;
  };
  return !record.evaluations.empty() && std::ranges::all_of(record.evaluations, still);
}

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

Evaluation last_evaluation(const RunRecord& record) {
  if (record.evaluations.empty()) return {0, 0, NAN, NAN, NAN};
  return record.evaluations.back();
}

double final_accuracy(const RunRecord& record) {
  const double accuracy = last_evaluation(record).test_accuracy;
  return std::isfinite(accuracy) ? accuracy : 0;
}

Outcome outcome(const RunRecord& record, double target) {
  if (!record.end || record.end->status == "failed") return Outcome::failed;
  if (record.end->status == "diverged") return Outcome::diverged;
  const double accuracy = last_evaluation(record).test_accuracy;
  if (accuracy >= target) return Outcome::trained;
  if (accuracy >= chance_of(record.start.classes)) return Outcome::slow;
  return never_moved(record) ? Outcome::dead : Outcome::at_chance;
}

std::string outcome_rules(double target, std::size_t classes) {
  return fmt::format(
      "trained: ends at {0:.4g} % test accuracy or more; slow: below {0:.4g} %; at chance: below "
      "{1:.0f} %;\ndead: at chance, a layer without gradient, and a test loss that stayed within "
      "{2} "
      "of ln {3} or\nweights that never changed (of another loss than cross entropy the layer is "
      "enough);\ndiverged: the loss became infinite or NaN\n",
      100 * target, 100 * chance_of(classes), dead_loss_margin, classes);
}

std::optional<std::size_t> steps_to(double accuracy, const RunRecord& record) {
  for (const Evaluation& evaluation : record.evaluations)
    if (evaluation.test_accuracy >= accuracy) return evaluation.step;
  return std::nullopt;
}

Outcome InitResults::add(std::uint64_t seed, const RunRecord& record, double target) {
  const Outcome which = outcome(record, target);
  chance = chance_of(record.start.classes);
  ++classes[static_cast<std::size_t>(which)];
  if (which == Outcome::failed) return which;
  const double loss = last_evaluation(record).test_loss;
  seeds.push_back(seed);
  outcomes.push_back(which);
  accuracies.push_back(final_accuracy(record));
  losses.push_back(std::isfinite(loss) ? loss : INFINITY);
  const auto reached = steps_to(target, record);
  const std::size_t until = reached.value_or(record.end->steps);
  arrivals.push_back({static_cast<double>(until), reached.has_value()});
  if (!reached && which == Outcome::diverged) arrivals.back().time = INFINITY;
  return which;
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
  if (difference.n < fewest_pairs) difference.interval = {NAN, NAN};
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
  Results results{sweep, records};
  std::vector<PanelResults>& panels = results.panels;
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (!records[i] || !records[i]->end) continue;
    const Run& run = sweep.runs[i];
    if (panels.empty() || panels.back().axes != run.axes) panels.push_back({run.axes});
    std::vector<InitResults>& inits = panels.back().inits;
    if (inits.empty() || inits.back().init != run.init) inits.emplace_back().init = run.init;
    const Outcome which = inits.back().add(run.seed, *records[i], sweep.target_accuracy);
    results.ended.push_back({run, *records[i], which});
  }
  for (PanelResults& panel : panels) compare_all(panel);
  return results;
}

}  // namespace fanin
