#include "experiments/page/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <optional>
#include <set>
#include <span>

#include "experiments/record/folder.hpp"
#include "experiments/report/tables.hpp"
#include "experiments/task/models.hpp"
#include "framework/core/text.hpp"
#include "init/named_options.hpp"

namespace fanin {
namespace {

using Words = std::vector<std::string>;

constexpr std::size_t few_panels = 4;
constexpr std::size_t few_settings = 3;  // that are named one by one
constexpr std::size_t most_listed = 6;

// "a, b and c"
std::string listed(const Words& words) {
  if (words.size() < 2) return words.empty() ? "" : words.front();
  return fmt::format("{} and {}", join(std::span(words).first(words.size() - 1), ", "),
                     words.back());
}

// "b by 1.2 points (0.4 to 2.0)"
std::string led(const std::string& init, const PairedDifference& lead) {
  return fmt::format("{} by {} points ({} to {})", init, points(lead.mean, 1),
                     points(lead.interval.low, 1), points(lead.interval.high, 1));
}

// How the inits that cannot be compared by their means ended, in counts.
std::string in_counts(const PanelResults& panel, double target) {
  std::string text;
  Words never;
  for (const InitResults& init : panel.inits) {
    const std::size_t diverged = init.count(Outcome::diverged), all = init.runs();
    const std::string of = fmt::format("of {} seeds", all);
    if (all == 0 || init.is_comparable()) continue;
    if (diverged > 0)
      text += fmt::format(" {} diverged in {} {} and left chance in {}.", init.init, diverged, of,
                          init.left_chance());
    else if (init.left_chance() == 0)
      never.push_back(init.init);
    else if (init.left_chance() < all)
      text += fmt::format(" {} left chance in {} {}.", init.init, init.left_chance(), of);
    else
      text += fmt::format(
          " {} ended at {:.4g} % or more in {} {}; such mixtures are compared from "
          "{} seeds on.",
          init.init, 100 * target, init.count(Outcome::trained), of, enough_seeds);
  }
  if (!never.empty())
    text += fmt::format(" {} never leave{} chance.", listed(never), never.size() == 1 ? "s" : "");
  return text;
}

// The comparable inits, the best mean accuracy first.
std::vector<const InitResults*> ranked(const PanelResults& panel) {
  std::vector<const InitResults*> inits;
  for (const InitResults& init : panel.inits)
    if (init.is_comparable()) inits.push_back(&init);
  std::ranges::stable_sort(inits, std::greater(),
                           [](const InitResults* init) { return mean(init->accuracies); });
  return inits;
}

// What the family of comparisons says about a panel: which inits lead, and who is behind them.
std::string comparison(const PanelResults& panel) {
  const auto inits = ranked(panel);
  if (inits.empty()) return "";
  Words top, behind;
  double low = 0;
  bool torn = false;  // between two of the top
  std::vector<const InitResults*> leaders;
  for (const InitResults* init : inits) {
    const bool first = init == inits.front();
    const PairedDifference lead = first ? PairedDifference() : panel.lead(*inits.front(), *init);
    if (!first && lead.is_ahead()) {
      behind.push_back(led(init->init, lead));
      continue;
    }
    for (const InitResults* leader : leaders) torn |= panel.lead(*leader, *init).is_ahead();
    leaders.push_back(init);
    top.push_back(init->init);
    low = 100 * mean(init->accuracies);
  }
  const double high = 100 * mean(inits.front()->accuracies);
  const char* seeds = inits.front()->runs() < 2 ? "one seed" : "these seeds";
  std::string text = fmt::format("{} ends at {:.1f} % on average.", top.front(), high);
  if (top.size() > 1)
    text = fmt::format("{} end between {:.1f} and {:.1f} % on average; {} {}.", listed(top), low,
                       high, seeds, torn ? "do not show which is best" : "cannot tell them apart");
  if (behind.empty()) return text;
  return text + fmt::format(" {} is ahead of {}.", top.front(), listed(behind));
}

bool claims(const PanelResults& panel) {
  return std::ranges::any_of(panel.pairs, [](const Comparison& pair) {
    return pair.difference.is_ahead() || pair.difference.is_behind();
  });
}

std::string panel_answer(const PanelResults& panel, double target) {
  const std::string text = panel.axes.empty() ? "" : panel_name(panel.axes) + ": ";
  const std::string answer = comparison(panel) + in_counts(panel, target);
  return text + answer.substr(std::min(answer.find_first_not_of(' '), answer.size()));
}

// Whether the panels go up along one axis of numbers.
bool ascending(const std::vector<PanelResults>& panels) {
  std::optional<double> last;
  for (const PanelResults& panel : panels) {
    if (panel.axes.size() != 1) return false;
    const auto value = parse_number<double>(panel.axes.front().second);
    if (!value || (last && *value <= *last)) return false;
    last = value;
  }
  return true;
}

// "everywhere", "" for nowhere, "up to depth=20" if it trains in no other, "at act=tanh and
// act=selu" if they are few, or "in 5 of 9 settings".
std::string where_it_trains(const std::vector<PanelResults>& panels, const std::string& init) {
  std::size_t settings = 0, prefix = 0;
  Words trained;
  for (const PanelResults& panel : panels) {
    const auto results = std::ranges::find(panel.inits, init, &InitResults::init);
    if (results == panel.inits.end() || results->runs() == 0) continue;
    if (2 * results->count(Outcome::trained) > results->runs()) {  // in most seeds
      prefix += trained.size() == settings;
      trained.push_back(panel_name(panel.axes));
    }
    ++settings;
  }
  if (trained.empty()) return "";
  if (trained.size() == settings) return "everywhere";
  if (prefix == trained.size() && ascending(panels)) return "up to " + trained.back();
  if (trained.size() <= few_settings && panels.front().axes.size() == 1)
    return "at " + listed(trained);
  return fmt::format("in {} of {} settings", trained.size(), settings);
}

double best_accuracy(const std::vector<PanelResults>& panels, const Words& inits) {
  double best = 0;
  for (const PanelResults& panel : panels)
    for (const InitResults& init : panel.inits)
      if (init.runs() > 0 && std::ranges::find(inits, init.init) != inits.end())
        best = std::max(best, std::ranges::max(init.accuracies));
  return best;
}

Words many_panels(const std::vector<PanelResults>& panels) {
  std::vector<std::pair<std::string, Words>> places;  // with the inits that train there
  std::set<std::string> seen;
  for (const PanelResults& panel : panels) {
    for (const InitResults& results : panel.inits) {
      if (!seen.insert(results.init).second) continue;
      const std::string where = where_it_trains(panels, results.init);
      auto place = std::ranges::find(places, where, [](const auto& at) { return at.first; });
      if (place == places.end()) place = places.insert(place, {where, {}});
      place->second.push_back(results.init);
    }
  }
  Words sentences;
  for (const auto& [where, inits] : places)
    sentences.push_back(
        where.empty() ? fmt::format("In no setting do most seeds of {} train; the best run of all "
                                    "these ended at {:.1f} %.",
                                    listed(inits), 100 * best_accuracy(panels, inits))
                      : fmt::format("In most seeds {} train{} {}.", listed(inits),
                                    inits.size() == 1 ? "s" : "", where));
  return sentences;
}

// Each once, in the order in which they came first; of many the first and the last.
std::string summed_up(const Words& words, const char* between) {
  Words once;
  for (const std::string& word : words)
    if (std::ranges::find(once, word) == once.end()) once.push_back(word);
  if (once.size() <= most_listed) return join(once, between);
  return fmt::format("{} to {} ({} of them)", once.front(), once.back(), once.size());
}

std::string counted(std::size_t count, const char* what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::string training(TrainOptions options) {
  options = with_optimizer_defaults(options);
  std::string text = fmt::format("{}, lr {}", options.optimizer, options.lr.value_or(0));
  if (options.momentum != 0) text += fmt::format(", momentum {}", options.momentum);
  if (options.nesterov) text += ", Nesterov";
  if (options.weight_decay.value_or(0) != 0)
    text += fmt::format(", weight decay {}", *options.weight_decay);
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

Words answers(const Results& results) {
  const Sweep& sweep = results.sweep;
  const std::vector<PanelResults>& panels = results.panels;
  if (panels.empty()) return {"No run has ended yet."};
  Words sentences;
  const auto done = static_cast<std::size_t>(std::ranges::count_if(
      results.ended, [](const EndedRun& run) { return run.outcome != Outcome::failed; }));
  if (done < sweep.runs.size())
    sentences.push_back(fmt::format("So far, {} of {} runs:", done, sweep.runs.size()));
  if (panels.size() > few_panels) {
    std::ranges::move(many_panels(panels), std::back_inserter(sentences));
    for (const PanelResults& panel : panels)
      if (claims(panel)) sentences.push_back(panel_name(panel.axes) + ": " + comparison(panel));
    sentences.push_back(fmt::format("'Trains' means ending at {:.4g} % test accuracy or more.",
                                    100 * sweep.target_accuracy));
  } else {
    for (const PanelResults& panel : panels)
      sentences.push_back(panel_answer(panel, sweep.target_accuracy));
  }
  const bool few = std::ranges::any_of(panels, [](const PanelResults& panel) {
    return claims(panel) && panel.best() != nullptr && panel.best()->runs() < enough_seeds;
  });
  if (few) sentences.emplace_back("With so few seeds the intervals assume a near-normal spread.");
  return sentences;
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
