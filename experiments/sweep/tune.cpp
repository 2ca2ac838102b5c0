#include "experiments/sweep/tune.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "experiments/report/statistics.hpp"
#include "experiments/report/tables.hpp"
#include "experiments/report/tuning.hpp"
#include "experiments/sweep/sweep.hpp"
#include "experiments/task/datasets.hpp"
#include "framework/core/error.hpp"
#include "framework/core/text.hpp"
#include "init/named_options.hpp"

namespace fanin {
namespace {

// Three seeds that the sweep does not use: 100 to 102, or 200 to 202, and so on.
std::string tuning_seeds(const Sweep& sweep) {
  std::uint64_t first = 100;
  const auto is_used = [&first](const Run& run) {
    return run.seed >= first && run.seed < first + 3;
  };
  while (std::ranges::any_of(sweep.runs, is_used)) first += 100;
  return fmt::format("{}-{}", first, first + 2);
}

// How many training images the tuning holds out: 10,000, or a sixth of a small set.
std::size_t held_out(const Sweep& sweep) {
  std::size_t most = 10'000;
  std::set<std::string> seen;
  for (const Run& run : sweep.runs) {
    if (run.options.holdout > 0)
      throw UsageError("{}: tuning holds out training images of its own; remove holdout",
                       sweep.name);
    if (seen.insert(run.options.dataset + run.options.data_dir).second)
      most = std::min(most, load_data(run.options).train.count / 6);
  }
  return most;
}

std::string where() { return "the tuning"; }

// The spec of the tuning: the same with the grids as axes.
std::vector<Override> overrides_for(const Sweep& sweep, std::size_t holdout) {
  std::vector<Override> changes = {
      {where(), "name", tuning_name(sweep)},
      {where(), "question", "Which values suit each init of " + sweep.name + "?"},
      {where(), "tuning_of", sweep.name},
      {where(), "baseline", ""},
      {where(), "train.holdout", fmt::to_string(holdout)},
      {where(), "train.stop_accuracy", "0"},
      {where(), "target_accuracy", fmt::to_string(sweep.target_accuracy)},
      {where(), "seeds", tuning_seeds(sweep)},
      {where(), "tune", ""},
      {where(), "rounding", "0"},
      {where(), "keep_weights", "false"}};
  for (const auto& [key, values] : sweep.tune)
    changes.push_back({where(), "train." + key, join(values, ",")});
  return changes;
}

bool is_whole(const Records& records) {
  return std::ranges::all_of(records, [](const auto& record) {
    return record && record->end && record->end->status != "failed";
  });
}

// The next one of ..., 0.1, 0.3, 1, 3, ... above or below a rate.
double next_rate(double rate, bool above) {
  const double decade = std::pow(10, std::floor(std::log10(rate) + 1e-9)), digit = rate / decade;
  if (above) return digit < 2.9 ? 3 * decade : 10 * decade;
  return digit > 3.1 ? 3 * decade : digit > 1.1 ? decade : 0.3 * decade;
}

// Adds a value beyond each end of the learning rates where the best of some init lies, unless the
// init never left chance. Returns whether it added any.
bool grow(std::vector<std::string>& rates, const std::vector<Tuned>& chosen) {
  if (rates.size() < 2) return false;
  std::vector<double> numbers;
  for (const std::string& rate : rates) numbers.push_back(*parse_number<double>(rate));
  std::ranges::sort(numbers);
  const double low = numbers.front(), high = numbers.back();
  bool at_low = false, at_high = false;
  for (const Tuned& tuned : chosen)
    for (const auto& [key, value] : tuned.values) {
      if (key != "lr" || !tuned.left_chance) continue;
      at_low |= *parse_number<double>(value) == low;
      at_high |= *parse_number<double>(value) == high;
    }
  if (at_low) rates.push_back(fmt::format("{:.1g}", next_rate(low, false)));
  if (at_high) rates.push_back(fmt::format("{:.1g}", next_rate(high, true)));
  std::ranges::sort(rates, {}, [](const std::string& rate) { return *parse_number<double>(rate); });
  return at_low || at_high;
}

}  // namespace

std::vector<Tuned> choose(const Results& tuning, const Sweep& sweep) {
  struct Best {
    double accuracy, rate;
  };
  std::vector<Tuned> chosen;
  std::vector<Best> bests;
  for (const PanelResults& panel : tuning.panels) {
    Axes axes, values;
    for (const auto& axis : panel.axes) (sweep.tunes(axis.first) ? values : axes).push_back(axis);
    for (const auto& [key, grid] : sweep.tune)  // one value is no axis
      if (grid.size() == 1) values.emplace_back(key, grid.front());
    double rate = 0;
    for (const auto& [key, value] : values)
      if (key == "lr") rate = *parse_number<double>(value);
    for (const InitResults& init : panel.inits) {
      if (init.runs() == 0) continue;
      const Best now{mean(init.accuracies), rate};
      const auto there = std::ranges::find_if(
          chosen, [&](const Tuned& t) { return t.init == init.init && t.axes == axes; });
      if (there == chosen.end()) {
        chosen.push_back({init.init, axes, values, 0, now.accuracy >= init.chance});
        bests.push_back(now);
        continue;
      }
      Best& best = bests[static_cast<std::size_t>(there - chosen.begin())];
      if (now.accuracy < best.accuracy || (now.accuracy == best.accuracy && now.rate >= best.rate))
        continue;
      there->values = values, there->left_chance = now.accuracy >= init.chance, best = now;
    }
  }
  return chosen;
}

std::optional<Sweep> tuned(const Sweep& sweep, const SpecReader& read, const SweepOptions& options,
                           int& exit_code) {
  constexpr int most_growths = 2;
  SweepOptions quiet = options;
  quiet.print_tables = false;
  Sweep grids = sweep;
  const std::size_t holdout = held_out(sweep);
  for (int growth = 0;; ++growth) {
    const std::vector<Sweep> tuning = {read(overrides_for(grids, holdout), {})};
    const auto folder = options.out / tuning[0].name;
    Records records = find_records(tuning[0], folder);
    if (quiet.fresh ||
        !is_whole(records)) {  // else nothing is to do, and a grown grid may be there
      if (options.output == Output::text)
        say("{}: tuning {} for each init: {} runs with seeds {}, on held-out training images; then "
            "{} runs\n",
            sweep.name, grids.tune.front().first, tuning[0].runs.size(), tuning_seeds(sweep),
            sweep.runs.size());
      exit_code = run_sweeps(tuning, quiet);
      if (exit_code != 0) return std::nullopt;
      quiet.fresh = false;  // only the first time
      records = find_records(tuning[0], folder);
    }
    if (!is_whole(records)) {
      say("{}: the tuning is not finished; when all shards are, and `fanin merge` has brought them "
          "together if they have folders of their own, the same command continues\n",
          sweep.name);
      return std::nullopt;
    }
    const Results results = results_of(tuning[0], records);
    std::vector<Tuned> chosen = choose(results, grids);
    const auto rates =
        std::ranges::find_if(grids.tune, [](const auto& grid) { return grid.first == "lr"; });
    if (growth < most_growths && rates != grids.tune.end() && grow(rates->second, chosen)) continue;
    for (Tuned& choice : chosen) choice.allowance = tuning_allowance(results, grids, choice);
    if (read_file(folder / spec_file) != tuning[0].resolved) {  // of a tuning with other inits, say
      exit_code = run_sweeps(tuning, quiet);
      if (exit_code != 0) return std::nullopt;
    }
    std::vector<Override> changes;
    std::string grid;
    for (const auto& [key, values] : grids.tune)
      grid += fmt::format("{}{}={}", grid.empty() ? "" : ",", key, join(values, ","));
    changes.push_back({where(), "tune", grid});
    return read(changes, chosen);
  }
}

}  // namespace fanin
