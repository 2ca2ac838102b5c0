#include "experiments/report/tuning.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "experiments/record/folder.hpp"
#include "framework/io/whole_file.hpp"
#include "init/named_options.hpp"

namespace fanin {
namespace {

bool has_all(const Axes& all, const Axes& some) {
  return std::ranges::all_of(
      some, [&all](const auto& axis) { return std::ranges::find(all, axis) != all.end(); });
}

// Whether these values were chosen for an init in the panel of these axes.
bool is_chosen(const Sweep& sweep, const std::string& init, const Axes& axes, const Axes& values) {
  return std::ranges::any_of(sweep.tuned, [&](const Tuned& tuned) {
    return tuned.init == init && has_all(axes, tuned.axes) && has_all(tuned.values, values);
  });
}

// How far `other` may lie above `best`; infinite if there are too few seeds to say.
double upper_bound(const InitResults& other, const InitResults& best) {
  constexpr double failed = 3;  // times the error of the worst run
  const auto [theirs, ours] = at_common_seeds(other, best);
  if (ours.size() < 2) return HUGE_VAL;
  if (1 - std::ranges::min(theirs) > failed * (1 - std::ranges::min(ours))) return 0;
  const PairedDifference over = compare_pairs(theirs, ours);
  const double error = (over.interval.high - over.mean) / student_quantile(0.95, over.n - 1);
  return over.mean + student_quantile(0.9, over.n - 1) * error;
}

}  // namespace

std::string tuning_name(const Sweep& sweep) { return sweep.name + "-tuning"; }

std::shared_ptr<const Tuning> find_tuning(const Sweep& sweep, const std::filesystem::path& folder) {
  const auto beside = std::filesystem::absolute(folder).lexically_normal();
  const auto parent =
      beside.has_filename() ? beside.parent_path() : beside.parent_path().parent_path();
  const auto there = parent / tuning_name(sweep);
  if (sweep.tune.empty() || !is_file(there / spec_file)) return nullptr;
  Sweep tuning = read_sweep(there / spec_file);
  Records records = find_records(tuning, there);
  return std::make_shared<const Tuning>(std::move(tuning), std::move(records));
}

std::vector<Tried> tried_for(const Tuning& tuning, const Sweep& sweep, const Axes& axes) {
  std::vector<Tried> tried;
  for (const PanelResults& panel : tuning.results.panels) {
    Axes others, values;
    for (const auto& axis : panel.axes) (sweep.tunes(axis.first) ? values : others).push_back(axis);
    if (others != axes) continue;
    for (const InitResults& init : panel.inits)
      if (init.runs() > 0)
        tried.push_back({values, init, is_chosen(sweep, init.init, axes, values)});
  }
  return tried;
}

double tuning_cost(const Tuning& tuning, const Sweep& sweep, const std::string& init,
                   const Axes& axes) {
  const std::vector<Tried> all = tried_for(tuning, sweep, axes);
  const auto is_of = [&init](const Tried& tried) { return tried.results.init == init; };
  const auto chosen =
      std::ranges::find_if(all, [&](const Tried& tried) { return is_of(tried) && tried.chosen; });
  double cost = 0;
  if (chosen == all.end()) return cost;
  for (const Tried& tried : all)
    if (is_of(tried) && !tried.chosen)
      cost = std::max(cost, upper_bound(tried.results, chosen->results));
  return cost;
}

std::vector<RatePoint> rate_points(const Results& results, const Axes& axes) {
  std::map<std::pair<std::string, double>, RatePoint> best;
  if (results.tuning == nullptr) return {};
  for (const Tried& tried : tried_for(*results.tuning, results.sweep, axes)) {
    const auto rate =
        std::ranges::find(tried.values, "lr", [](const auto& value) { return value.first; });
    if (rate == tried.values.end()) continue;
    const InitResults& init = tried.results;
    const Quartiles at = quartiles(init.accuracies);
    const RatePoint point{init.init, parse_number<double>(rate->second).value(),
                          mean(init.accuracies), at.low, at.high};
    const auto [known, is_new] = best.try_emplace({init.init, point.rate}, point);
    if (!is_new && point.accuracy > known->second.accuracy) known->second = point;
  }
  std::vector<RatePoint> points;
  for (const auto& [key, point] : best) points.push_back(point);
  return points;
}

}  // namespace fanin
