#include "experiments/report/results.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <utility>

#include "experiments/record/folder.hpp"
#include "experiments/record/standing.hpp"
#include "experiments/report/tables.hpp"
#include "framework/core/parallel.hpp"
#include "framework/core/text.hpp"
#include "framework/io/whole_file.hpp"
#include "init/named_options.hpp"

namespace fanin {
namespace {

// What no table and no figure shows, all but a kilobyte or two.
void forget_details(RunRecord& record) {
  record.steps = {};
  for (LayerSignals& look : record.layers) {
    look.distinct = distinct_share(look);
    const bool first = &look == &record.layers.front();
    std::erase_if(look.layers, [first](const LayerSignal& s) { return !first || !s.weighted; });
    for (LayerSignal& layer : look.layers) layer.outputs = layer.gradients = {};
    look.layers.shrink_to_fit();
  }
}

bool never_moved(const RunRecord& record) {
  if (record.end->steps == 0 || !record.gradient_blocked.value_or(true)) return false;
  if (record.end->initial_fingerprint == record.end->final_fingerprint) return true;
  const bool cross_entropy = record.start.command.find(" --loss ") == std::string::npos;  // default
  if (!cross_entropy) return record.gradient_blocked.has_value();
  const auto still = [&record](const Evaluation& at) {
    const double blind = std::log(static_cast<double>(record.start.classes));
    return at.step == 0 || std::abs(at.test_loss - blind) <= dead_loss_margin;
  };
  return !record.evaluations.empty() && std::ranges::all_of(record.evaluations, still);
}

std::optional<std::size_t> place_of_best(const PanelResults& panel) {
  const bool any = std::ranges::any_of(panel.inits, &InitResults::is_comparable);
  std::optional<std::size_t> best;
  double highest = 0;
  for (std::size_t i = 0; i < panel.inits.size(); ++i) {
    const InitResults& init = panel.inits[i];
    if (init.runs() == 0 || (any && !init.is_comparable())) continue;
    const double accuracy = mean(init.accuracies);
    if (accuracy < init.chance || (best && accuracy <= highest)) continue;
    best = i;
    highest = accuracy;
  }
  return best;
}

}  // namespace

void find_records(const Sweep& sweep, const std::filesystem::path& folder,
                  const std::vector<std::size_t>& runs, Records& records, bool growing) {
  const auto find = [&](std::size_t i, Depth depth) {
    records[i] = log_of(run_files(folder, sweep.runs[i].name), train_command(sweep.runs[i].options),
                        depth, growing);
  };
  std::vector<bool> wanted(records.size());
  for (const std::size_t i : runs) wanted[i] = true;
  std::set<std::pair<std::string, std::string>> drawn;  // init, panel
  std::vector<std::size_t> others;
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (!wanted[i] && !records[i]) continue;
    std::pair key(sweep.runs[i].init, panel_name(sweep.runs[i].axes));
    const bool is_drawn = !drawn.contains(key);
    if (wanted[i] && !is_drawn) others.push_back(i);
    if (wanted[i] && is_drawn) find(i, Depth::all);
    if (!wanted[i] && !is_drawn) forget_details(*records[i]);
    if (is_drawn && records[i] && !records[i]->layers.empty()) drawn.insert(std::move(key));
  }
  const UseThreads threads(others.size() < 100 ? 1 : reading_threads);
  parallel_for(others.size(), 1, [&](std::size_t first, std::size_t last) {
    for (std::size_t at = first; at < last; ++at) {
      find(others[at], Depth::curves);
      if (auto& record = records[others[at]]) forget_details(*record);
    }
  });
}

Records find_records(const Sweep& sweep, const std::filesystem::path& folder) {
  Records records(sweep.runs.size());
  std::vector<std::size_t> all(records.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  find_records(sweep, folder, all, records);
  return records;
}

Mixture mixture_of(const Sweep& sweep, const Records& records) {
  Mixture mixture;
  std::map<std::string, std::size_t> first;  // by what has to be the same
  // Names the first run of a group in which `what` differs from that of run i, if it is known.
  const auto compare = [&](std::size_t i, const std::string& group, std::string RunStart::*what) {
    const std::string& ours = records[i]->start.*what;
    if (ours.empty()) return i;
    const std::size_t other = first.try_emplace(group, i).first->second;
    return records[other]->start.*what == ours ? i : other;
  };
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (!records[i]) continue;
    const auto& [name, init, seed, axes, options] = sweep.runs[i];
    const std::string set =
        fmt::format("data\n{}\n{}\n{}", options.dataset, options.data_dir, options.holdout);
    const std::size_t data = compare(i, set, &RunStart::data),
                      model = compare(i, "model\n" + options.model, &RunStart::model),
                      kernels = compare(i, "", &RunStart::version);
    if (data != i && mixture.data.empty())
      mixture.data = fmt::format("{} and {} were trained on different data, but both belong to {}",
                                 sweep.runs[data].name, name, options.dataset);
    if (model != i && mixture.model.empty())
      mixture.model = fmt::format("{} and {} are of different models, but both belong to {}",
                                  sweep.runs[model].name, name, options.model);
    if (kernels != i && mixture.kernels.empty())
      mixture.kernels = fmt::format("{} ran with {}, {} with {}: the last digits may differ",
                                    sweep.runs[kernels].name, records[kernels]->start.version, name,
                                    records[i]->start.version);
  }
  return mixture;
}

Evaluation last_evaluation(const RunRecord& record) {
  if (record.evaluations.empty()) return {0, 0, NAN, NAN, NAN};
  return record.evaluations.back();
}

double final_accuracy(const RunRecord& record) {
  const double accuracy = last_evaluation(record).test_accuracy;
  const bool diverged =
      !std::isfinite(accuracy) || (record.end && record.end->status == "diverged");
  return diverged ? guessing(record.start.classes) : accuracy;
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
      "trained: ends at {0:.4g} % test accuracy or more\n"
      "slow: ends lower, but at {1:.0f} % or more\n"
      "at chance: ends below {1:.0f} %\n"
      "dead: at chance, and in some layer the gradient is too small to change that layer's "
      "weights. "
      "With cross entropy, one of these must also hold: no weight of the net ever changed, or the "
      "test loss stayed within {2} of ln {3} (the loss of guessing) throughout\n"
      "diverged: the loss became infinite or NaN\n",
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
  roundings.emplace_back();
  losses.push_back(std::isfinite(loss) ? loss : INFINITY);
  const auto reached = steps_to(target, record);
  const std::size_t until = reached.value_or(record.end->steps);
  arrivals.push_back({static_cast<double>(until), reached.has_value()});
  if (!reached && which == Outcome::diverged) arrivals.back().time = INFINITY;
  return which;
}

double InitResults::seed_std() const { return std::sqrt(variance(accuracies)); }

double InitResults::rounding_std() const {
  std::vector<double> variances;
  for (std::size_t i = 0; i < roundings.size(); ++i) {
    std::vector<double> runs = roundings[i];
    runs.push_back(accuracies[i]);
    if (runs.size() > 1) variances.push_back(variance(runs));
  }
  return std::sqrt(mean(variances));
}

std::size_t InitResults::arrived() const {
  return static_cast<std::size_t>(std::ranges::count_if(arrivals, &Arrival::reached));
}

bool InitResults::is_comparable() const {
  const std::size_t all = runs();
  if (all == 0 || left_chance() < all) return false;
  return all >= enough_seeds || count(Outcome::trained) == all || count(Outcome::slow) == all;
}

bool are_comparable(const InitResults& one, const InitResults& other) {
  const bool enough = std::min(one.runs(), other.runs()) >= enough_seeds;
  return one.is_comparable() && other.is_comparable() &&
         (enough || one.outcomes.front() == other.outcomes.front());
}

std::pair<std::vector<double>, std::vector<double>> at_common_seeds(const InitResults& one,
                                                                    const InitResults& other) {
  std::vector<double> ours, theirs;
  for (std::size_t i = 0; i < one.runs(); ++i) {
    const auto same = std::ranges::find(other.seeds, one.seeds[i]);
    if (same == other.seeds.end()) continue;
    ours.push_back(one.accuracies[i]);
    theirs.push_back(other.accuracies[static_cast<std::size_t>(same - other.seeds.begin())]);
  }
  return {ours, theirs};
}

PairedDifference compare_inits(const InitResults& one, const InitResults& other,
                               std::size_t comparisons) {
  const auto [ours, theirs] = at_common_seeds(one, other);
  PairedDifference difference = compare_pairs(ours, theirs, std::max<std::size_t>(comparisons, 1),
                                              one.allowance, other.allowance);
  auto& [low, high] = difference.interval;
  if (comparisons == 0) low = high = difference.p = NAN;
  if (low < -1) low = -1;  // no two accuracies are further apart
  if (high > 1) high = 1;
  return difference;
}

PairedDifference PanelResults::lead(const InitResults& one, const InitResults& other) const {
  const auto at = static_cast<std::size_t>(&one - inits.data());
  const auto over = static_cast<std::size_t>(&other - inits.data());
  const std::size_t first = std::min(at, over), second = std::max(at, over);
  const auto& pair = pairs.at(first * (2 * inits.size() - first - 3) / 2 + second - 1).difference;
  if (at < over) return pair;
  const auto& [n, above, below, mean, interval, p] = pair;  // the other way round
  return {n, below, above, 0 - mean, {0 - interval.high, 0 - interval.low}, p};
}

void compare_all(std::vector<PanelResults>& panels, const std::string& baseline) {
  const auto is_compared = [](const PanelResults& panel, std::size_t one, std::size_t other) {
    const bool either =
        !panel.baseline_place || one == *panel.baseline_place || other == *panel.baseline_place;
    return either && are_comparable(panel.inits[one], panel.inits[other]);
  };
  std::size_t family = 0;
  for (PanelResults& panel : panels) {
    const auto named = std::ranges::find(panel.inits, baseline, &InitResults::init);
    if (!baseline.empty() && named != panel.inits.end())
      panel.baseline_place = static_cast<std::size_t>(named - panel.inits.begin());
    panel.best_place = place_of_best(panel);
    panel.pairs = {};
    for (std::size_t one = 0; one < panel.inits.size(); ++one)
      for (std::size_t other = one + 1; other < panel.inits.size(); ++other) {
        panel.pairs.push_back({one, other, {}});
        family += is_compared(panel, one, other);
      }
  }
  for (PanelResults& panel : panels)
    for (auto& [one, other, difference] : panel.pairs)
      difference = compare_inits(panel.inits[one], panel.inits[other],
                                 is_compared(panel, one, other) ? family : 0);
}

double resolution_of(const PanelResults& panel) {
  std::vector<double> halves;
  for (const Comparison& pair : panel.pairs)
    if (const auto& [low, high] = pair.difference.interval; !std::isnan(low))
      halves.push_back(
          (high - low - panel.inits[pair.one].allowance - panel.inits[pair.other].allowance) / 2);
  return median(halves);
}

Results results_of(const Sweep& sweep, const Records& records,
                   std::shared_ptr<const Tuning> tuning) {
  Results results{sweep, records};
  results.tuning = std::move(tuning);
  std::vector<PanelResults>& panels = results.panels;
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (!records[i] || !records[i]->end) continue;
    const Run& run = sweep.runs[i];
    if (panels.empty() || panels.back().axes != run.axes) panels.push_back({run.axes});
    std::vector<InitResults>& inits = panels.back().inits;
    if (inits.empty() || inits.back().init != run.init) {
      inits.emplace_back().init = run.init;
      std::vector<std::string> values;
      for (const auto& [key, grid] : sweep.tune)
        values.push_back(find_spec_option(key)->get(run.options));
      inits.back().tuned = join(values, ", ");
    }
    if (run.options.flip_bit > 0) {
      const Outcome which = outcome(*records[i], sweep.target_accuracy);
      results.ended.push_back({run, *records[i], which});
      InitResults& init = inits.back();
      if (which != Outcome::failed && !init.seeds.empty() && init.seeds.back() == run.seed)
        init.roundings.back().push_back(final_accuracy(*records[i]));
      continue;
    }
    const Outcome which = inits.back().add(run.seed, *records[i], sweep.target_accuracy);
    results.ended.push_back({run, *records[i], which});
  }
  for (PanelResults& panel : panels)
    for (InitResults& init : panel.inits)
      if (const Tuned* choice = sweep.tuned_for(init.init, panel.axes))
        init.allowance = choice->allowance;
  compare_all(panels, sweep.baseline);
  return results;
}

}  // namespace fanin
