#include "experiments/report/tuning.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "experiments/record/folder.hpp"
#include "framework/core/error.hpp"
#include "framework/io/whole_file.hpp"
#include "init/named_options.hpp"

namespace fanin {
namespace {

bool has_all(const Axes& all, const Axes& some) {
  return std::ranges::all_of(
      some, [&all](const auto& axis) { return std::ranges::find(all, axis) != all.end(); });
}

// Whether a choice has these values. It may have more, of options with one value.
bool is_choice(const Tuned* choice, const Axes& values) {
  return choice != nullptr && has_all(choice->values, values);
}

// How far `other` may lie above `best`; infinite if there are too few seeds to say.
double upper_bound(const InitResults& other, const InitResults& best) {
  constexpr double failed = 3;  // times the error of the worst run
  const auto [theirs, ours] = at_common_seeds(other, best);
  if (ours.empty()) return HUGE_VAL;
  const double worst = 1 - std::ranges::min(ours);
  std::vector<double> above;
  for (std::size_t i = 0; i < ours.size(); ++i)
    if (1 - theirs[i] <= failed * worst) above.push_back(theirs[i] - ours[i]);
  if (above.empty()) return 0;
  if (above.size() < 2) return ours.size() < 2 ? HUGE_VAL : above.front();
  const auto n = static_cast<double>(above.size());
  return mean(above) + student_quantile(0.9, above.size() - 1) * std::sqrt(variance(above) / n);
}

}  // namespace

std::string tuning_name(const Sweep& sweep) { return sweep.name + "-tuning"; }

std::shared_ptr<const Tuning> find_tuning(const Sweep& sweep, const std::filesystem::path& folder) {
  const auto beside = std::filesystem::absolute(folder).lexically_normal();
  const auto parent =
      beside.has_filename() ? beside.parent_path() : beside.parent_path().parent_path();
  const auto there = parent / tuning_name(sweep);
  if (sweep.tune.empty() || !is_file(there / spec_file)) return nullptr;
  try {
    Sweep tuning = read_sweep(there / spec_file);
    Records records = find_records(tuning, there);
    return std::make_shared<const Tuning>(std::move(tuning), std::move(records));
  } catch (const Error&) {
    return nullptr;  // it only draws a figure
  }
}

std::vector<Tried> tried_for(const Results& tuning, const Sweep& sweep, const Axes& axes) {
  std::vector<Tried> tried;
  for (const PanelResults& panel : tuning.panels) {
    Axes others, values;
    for (const auto& axis : panel.axes) (sweep.tunes(axis.first) ? values : others).push_back(axis);
    if (others != axes) continue;
    for (const InitResults& init : panel.inits)
      if (init.runs() > 0)
        tried.push_back({values, init, is_choice(sweep.tuned_for(init.init, axes), values)});
  }
  return tried;
}

double tuning_allowance(const Results& tuning, const Sweep& sweep, const Tuned& choice) {
  const InitResults* best = nullptr;
  std::vector<const InitResults*> others;
  for (const Tried& tried : tried_for(tuning, sweep, choice.axes)) {
    if (tried.results.init != choice.init) continue;
    if (is_choice(&choice, tried.values))
      best = &tried.results;
    else
      others.push_back(&tried.results);
  }
  double allowance = 0;
  if (best != nullptr)
    for (const InitResults* other : others)
      allowance = std::max(allowance, upper_bound(*other, *best));
  return std::min(allowance, 1.);
}

std::vector<RatePoint> rate_points(const Results& results, const Axes& axes) {
  std::map<std::pair<std::string, double>, RatePoint> best;
  if (results.tuning == nullptr) return {};
  for (const Tried& tried : tried_for(results.tuning->results, results.sweep, axes)) {
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
