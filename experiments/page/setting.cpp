#include "experiments/page/setting.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "experiments/page/words.hpp"
#include "experiments/record/folder.hpp"
#include "experiments/report/tables.hpp"
#include "experiments/task/models.hpp"
#include "framework/core/text.hpp"
#include "init/named_options.hpp"

namespace fanin {
namespace {

using Words = std::vector<std::string>;

constexpr std::size_t most_listed = 6;

Words each_once(const Words& words) {
  Words once;
  for (const std::string& word : words)
    if (std::ranges::find(once, word) == once.end()) once.push_back(word);
  return once;
}

// Each once, in the order in which they came first; of many the first and the last.
std::string summed_up(const Words& words, const char* between) {
  const Words once = each_once(words);
  if (once.size() <= most_listed) return join(once, between);
  return fmt::format("{} to {} ({} of them)", once.front(), once.back(), once.size());
}

std::string training(TrainOptions options) {
  options = with_optimizer_defaults(options);
  std::string text = fmt::format("{}, lr {}", options.optimizer, options.lr.value_or(0));
  if (options.optimizer == "muon")
    text += fmt::format(", AdamW's lr {}, adjusted as {}", options.adamw_lr, options.adjust_lr_fn);
  if (*options.momentum != 0) text += fmt::format(", momentum {}", *options.momentum);
  if (options.dampening != 0) text += fmt::format(", dampening {}", options.dampening);
  if (options.nesterov) text += ", Nesterov";
  if (options.amsgrad) text += ", AMSGrad";
  if (options.weight_decay.value_or(0) != 0)
    text += fmt::format(", weight decay {}", *options.weight_decay);
  if (options.clip_norm != 0)
    text += fmt::format(", gradient norm clipped at {}", options.clip_norm);
  if (options.clip_value != 0) text += fmt::format(", gradients clipped at {}", options.clip_value);
  if (options.schedule != "constant") text += ", schedule " + options.schedule;
  if (options.loss != "cross_entropy") text += ", loss " + options.loss;
  return text + fmt::format(", batches of {}, {}", options.batch,
                            options.max_steps > 0 ? counted(options.max_steps, "step")
                                                  : counted(options.epochs, "epoch"));
}

std::string data(const TrainOptions& options) {
  if (options.holdout == 0) return options.dataset;
  return fmt::format("{}, tested on the last {} training images", options.dataset, options.holdout);
}

bool is_text(const std::string& model) { return is_file(model) && !model_file_text(model).empty(); }

}  // namespace

std::string rates_in_words(const Results& results) {
  const Sweep& sweep = results.sweep;
  const auto never_trains = [&results](const std::string& init) {
    bool ran = false;
    for (const PanelResults& panel : results.panels)
      for (const InitResults& of : panel.inits) {
        if (of.init == init && of.left_chance() > 0) return false;
        ran |= of.init == init && of.runs() > 0;
      }
    return ran;
  };
  Words optimizers, rates, keys, edges;
  for (const Run& run : sweep.runs) {
    const TrainOptions options = with_optimizer_defaults(run.options);
    optimizers.push_back(
        options.optimizer +
        (*options.momentum != 0 ? fmt::format(" with momentum {}", *options.momentum) : ""));
    rates.push_back(fmt::to_string(*options.lr));
  }
  const std::string under = listed(each_once(optimizers));
  if (sweep.tune.empty()) {
    const bool one =
        std::ranges::all_of(rates, [&](const auto& rate) { return rate == rates.front(); });
    return one ? fmt::format(
                     "All inits train at one learning rate, {}, under {}; `--tune lr` compares "
                     "each at its best one.",
                     rates.front(), under)
               : fmt::format(
                     "The learning rates, {}, are not tuned: which one is best for an init is "
                     "exploratory here. They train under {}.",
                     summed_up(rates, ", "), under);
  }
  std::size_t tried = 1;
  for (const auto& [key, grid] : sweep.tune) keys.push_back(key), tried *= grid.size();
  for (const Tuned& tuned : sweep.tuned)
    for (const auto& [key, value] : tuned.values)
      for (const auto& [name, grid] : sweep.tune) {
        if (name != "lr" || key != "lr" || grid.size() < 2 || never_trains(tuned.init)) continue;
        const auto less = [](const std::string& a, const std::string& b) {
          return *parse_number<double>(a) < *parse_number<double>(b);
        };
        if (value == *std::ranges::min_element(grid, less) ||
            value == *std::ranges::max_element(grid, less))
          edges.push_back(tuned.init);
      }
  std::string text = fmt::format(
      "Each init trains at its best {} of {} tried, which were chosen on "
      "held-out training images with other seeds, under {}.",
      join(keys, " and "), tried, under);
  double most = 0;
  for (const PanelResults& panel : results.panels)
    for (const InitResults& init : panel.inits)
      if (init.is_comparable()) most = std::max(most, init.allowance);
  if (most > 0)
    text += fmt::format(
        " The choice may have missed a value that is better by up to {} points (95 % bound); the "
        "intervals allow for it, and more seeds do not change that.",
        points(most, 1));
  if (!edges.empty())
    text += fmt::format(" The best lr of {} lies at an end of the grid.", summed_up(edges, ", "));
  return text;
}

Named setting_in_words(const Results& results) {
  Words networks, sets, trainings, seeds, hashes;
  for (const Run& run : results.sweep.runs) {
    const std::string& model = run.options.model;
    networks.push_back(is_text(model) ? std::filesystem::path(model).filename().string() : model);
    sets.push_back(data(run.options));
    trainings.push_back(training(run.options));
    seeds.push_back(fmt::to_string(run.seed));
  }
  for (const auto& [run, record, outcome] : results.ended)
    if (!record.start.data.empty()) hashes.push_back(record.start.data.substr(0, 12));
  const std::string hash =
      hashes.empty() ? "" : fmt::format(" (SHA-256 {}…)", summed_up(hashes, "…, "));
  return {{"network", summed_up(networks, "; ")},
          {"data", summed_up(sets, "; ") + hash},
          {"training", summed_up(trainings, "; ")},
          {"seeds", summed_up(seeds, ", ")}};
}

Again again_elsewhere(const Sweep& sweep, const std::filesystem::path& folder) {
  Again again{sweep.resolved, {}};
  Words files;
  for (const Run& run : sweep.runs)
    if (const std::string& model = run.options.model;
        std::ranges::find(files, model) == files.end() && is_text(model))
      files.push_back(model);
  for (const std::string& file : files) {
    std::string name = std::filesystem::path(file).filename().string();
    const auto taken = [&name](const auto& model) { return model.first == name; };
    while (std::ranges::any_of(again.models, taken)) name = "other-" + name;
    const auto kept = folder / model_file;
    const bool one = files.size() == 1 && is_there(kept);
    again.models.emplace_back(name, read_file(one ? kept : std::filesystem::path(file)));
    again.spec = replaced(again.spec, json_string(file), json_string(name));
  }
  return again;
}

}  // namespace fanin
