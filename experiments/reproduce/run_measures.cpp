#include "experiments/reproduce/run_measures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>

#include "experiments/record/folder.hpp"
#include "experiments/report/results.hpp"
#include "experiments/report/statistics.hpp"
#include "framework/core/error.hpp"
#include "framework/core/linalg.hpp"
#include "framework/io/safetensors.hpp"
#include "init/mean_field.hpp"
#include "init/named_options.hpp"

namespace fanin {
namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();

double accuracy_after(const RunRecord& record, std::size_t epoch) {
  double accuracy = 0;  // of a run that diverged before
  for (const Evaluation& at : record.evaluations)
    if (at.epoch == epoch) accuracy = at.test_accuracy;
  return accuracy;
}

// The mean of the logged losses; infinite of a run that diverged.
double loss_between(const RunRecord& record, double from, double to) {
  double sum = 0, n = 0;
  for (const StepLoss& at : record.steps) {
    const auto step = static_cast<double>(at.step);
    if (step >= from && step <= to) sum += at.loss, ++n;
  }
  return n > 0 && std::isfinite(sum) ? sum / n : infinite;
}

// Of the third layer of four, which starts as an identity.
double rank_of_change(const Ran& ran, double tolerance) {
  const std::filesystem::path file = run_files(ran.folder, ran.run.name).weights;
  for (const auto& [name, tensor] : read_safetensors(file)) {
    if (name != "5.weight") continue;
    Array change = tensor.array();
    const std::size_t n = change.shape()[0];
    for (std::size_t i = 0; i < n; ++i) change.data()[i * n + i] -= 1;
    const auto counts = [tolerance](Real value) { return value > tolerance; };
    return static_cast<double>(std::ranges::count_if(singular_values(change), counts));
  }
  throw Error("{} has no 5.weight", file.string());
}

// Mean accuracies, seed by seed, of cells within `factor` times xi_c, or beyond: among the cells of
// each depth, or each sigma_w, that has both, so that depth, or sigma_w, alone does not tell them
// apart.
template <bool by_depth, bool within>
Numbers phase(const std::vector<Ran>& runs, const Numbers& factor) {
  std::map<std::string, double> reach;
  std::map<std::uint64_t, std::map<double, std::array<Numbers, 2>>> seeds;
  for (const Ran& ran : runs) {
    const NamedOptions init(ran.run.init), model(ran.run.options.model);
    const double depth = model.number("depth", 0), sigma_w = init.number("sigma_w", 1);
    const auto [at, is_new] = reach.try_emplace(ran.run.init);
    const init::MeanField net{init::activation("tanh"), sigma_w, init.number("sigma_b", 0)};
    if (is_new) at->second = factor[0] * init::fixed_point(net).xi_c;
    seeds[ran.run.seed][by_depth ? depth : sigma_w][depth < at->second].push_back(
        final_accuracy(ran.record));
  }
  Numbers means;
  for (const auto& [seed, groups] : seeds) {
    Numbers of_groups;
    for (const auto& [at, cells] : groups)
      if (!cells[0].empty() && !cells[1].empty()) of_groups.push_back(mean(cells[within]));
    means.push_back(mean(of_groups));
  }
  return means;
}

}  // namespace

const std::vector<Measure>& run_measures() {
  static const std::vector<Measure> table{
      {"final accuracy", [](const Ran& ran, const Numbers&) { return final_accuracy(ran.record); }},
      {"accuracy after epoch N",
       [](const Ran& ran, const Numbers& at) {
         return accuracy_after(ran.record, static_cast<std::size_t>(at[0]));
       }},
      {"steps to N",
       [](const Ran& ran, const Numbers& at) {
         const auto steps = steps_to(at[0], ran.record);
         return steps ? static_cast<double>(*steps) : infinite;
       }},
      {"mean loss of steps N to N",
       [](const Ran& ran, const Numbers& at) { return loss_between(ran.record, at[0], at[1]); }},
      {"train loss of the last epoch",  // while its steps were taken
       [](const Ran& ran, const Numbers&) {
         const double loss = last_evaluation(ran.record).train_loss;
         return std::isfinite(loss) ? loss : infinite;
       }},
      {"singular values above N of the change of 5.weight",
       [](const Ran& ran, const Numbers& at) { return rank_of_change(ran, at[0]); }},
      {"accuracy within N xi_c at each depth", phase<true, true>},
      {"accuracy beyond N xi_c at each depth", phase<true, false>},
      {"accuracy within N xi_c at each sigma_w", phase<false, true>},
      {"accuracy beyond N xi_c at each sigma_w", phase<false, false>},
  };
  return table;
}

}  // namespace fanin
