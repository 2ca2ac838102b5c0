#include "experiments/page/answers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <optional>
#include <span>

#include "experiments/report/tables.hpp"
#include "framework/core/join.hpp"
#include "init/named_options.hpp"

namespace fanin {
namespace {

using Words = std::vector<std::string>;

constexpr std::size_t few_panels = 4;
constexpr std::size_t few_settings = 3;  // that are named one by one

// "a, b and c"
std::string listed(const Words& words) {
  if (words.size() < 2) return words.empty() ? "" : words.front();
  return fmt::format("{} and {}", join(std::span(words).first(words.size() - 1), ", "),
                     words.back());
}

bool never_left_chance(const InitResults& results) {
  return results.runs() > 0 && results.count(Outcome::trained) + results.count(Outcome::slow) == 0;
}

bool trains_in_most(const InitResults& results) {
  return 2 * results.count(Outcome::trained) > results.runs();
}

std::string describe(const InitResults& results, double target) {
  return fmt::format("median {:.1f} %, {} of {} seeds ended at {:.4g} % or more",
                     100 * median(results.accuracies), results.count(Outcome::trained),
                     results.runs(), 100 * target);
}

// What became of the inits of which some seed diverged, and of those that stayed at chance.
std::string failures(const PanelResults& panel) {
  std::string text;
  Words stuck;
  for (const InitResults& results : panel.inits) {
    const std::size_t diverged = results.count(Outcome::diverged);
    const bool never = never_left_chance(results);
    if (diverged > 0)
      text +=
          fmt::format(" {} diverged in {} of {} seeds{}.", results.init, diverged, results.runs(),
                      never && diverged < results.runs() ? ", and no other left chance" : "");
    else if (never)
      stuck.push_back(results.init);
  }
  return (stuck.empty() ? "" : fmt::format(" No seed of {} left chance.", listed(stuck))) + text;
}

std::string panel_answer(const PanelResults& panel, double target) {
  std::string text = panel.axes.empty() ? "" : panel_name(panel.axes) + ": ";
  const auto known = [](const InitResults& results) { return results.runs() > 0; };
  if (std::ranges::count_if(panel.inits, known) == 1) {
    const InitResults& only = *std::ranges::find_if(panel.inits, known);
    return text + fmt::format("{} alone has results: {}.", only.init, describe(only, target)) +
           failures(panel);
  }
  const InitResults* best = panel.best();
  if (best == nullptr) return text + "no init ended above chance." + failures(panel);
  Words equal, behind, unknown;
  for (const InitResults& other : panel.inits) {
    if (&other == best || other.runs() == 0 || never_left_chance(other)) continue;
    const PairedDifference lead = panel.lead_over(other);
    if (std::isnan(lead.interval.low))
      unknown.push_back(fmt::format("{} ({:.1f} %)", other.init, 100 * median(other.accuracies)));
    else if (lead.interval.low > 0)
      behind.push_back(fmt::format("{} by {:.1f} points ({:.1f} to {:.1f})", other.init,
                                   100 * lead.mean, 100 * lead.interval.low,
                                   100 * lead.interval.high));
    else
      equal.push_back(fmt::format("{} ({:.1f} %)", other.init, 100 * median(other.accuracies)));
  }
  text += fmt::format("{} does best ({}).", best->init, describe(*best, target));
  if (!equal.empty()) text += fmt::format(" The seeds cannot tell {} from it.", listed(equal));
  if (!behind.empty()) text += fmt::format(" It is ahead of {}.", listed(behind));
  if (!unknown.empty())
    text += fmt::format(" Too few seeds, fewer than {}, for an interval against {}.", fewest_pairs,
                        listed(unknown));
  return text + failures(panel);
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

// "everywhere", "up to depth=20" where that is all there is, "at act=tanh and act=selu" of few, or
// "in 5 of 9 settings".
std::string where_it_trains(const std::vector<PanelResults>& panels, const std::string& init) {
  std::size_t settings = 0, prefix = 0;
  Words trained;
  for (const PanelResults& panel : panels) {
    const auto results = std::ranges::find(panel.inits, init, &InitResults::init);
    if (results == panel.inits.end() || results->runs() == 0) continue;
    if (trains_in_most(*results)) {
      prefix += trained.size() == settings;
      trained.push_back(panel_name(panel.axes));
    }
    ++settings;
  }
  if (trained.empty()) return "nowhere";
  if (trained.size() == settings) return "everywhere";
  if (prefix == trained.size() && ascending(panels)) return "up to " + trained.back();
  if (trained.size() <= few_settings && panels.front().axes.size() == 1)
    return "at " + listed(trained);
  return fmt::format("in {} of {} settings", trained.size(), settings);
}

Words many_panels(const std::vector<PanelResults>& panels) {
  Words places;
  std::map<std::string, Words> inits;  // by where they train
  Words seen;
  for (const PanelResults& panel : panels) {
    for (const InitResults& results : panel.inits) {
      if (std::ranges::find(seen, results.init) != seen.end()) continue;
      seen.push_back(results.init);
      const std::string where = where_it_trains(panels, results.init);
      if (!inits.contains(where)) places.push_back(where);
      inits[where].push_back(results.init);
    }
  }
  Words sentences;
  for (const std::string& where : places)
    sentences.push_back(fmt::format("In most seeds {} train{} {}.", listed(inits[where]),
                                    inits[where].size() == 1 ? "s" : "", where));
  return sentences;
}

}  // namespace

Words answers(const Results& results) {
  const Sweep& sweep = results.sweep;
  const std::vector<PanelResults>& panels = results.panels;
  if (panels.empty()) return {"No run has ended yet."};
  Words sentences;
  std::size_t done = 0;
  for (const PanelResults& panel : panels)
    for (const InitResults& results : panel.inits) done += results.runs();
  if (done < sweep.runs.size())
    sentences.push_back(fmt::format("So far, {} of {} runs:", done, sweep.runs.size()));
  if (panels.size() > few_panels) {
    std::ranges::move(many_panels(panels), std::back_inserter(sentences));
    sentences.push_back(fmt::format("To train is to end at {:.4g} % test accuracy or more.",
                                    100 * sweep.target_accuracy));
  } else {
    for (const PanelResults& panel : panels)
      sentences.push_back(panel_answer(panel, sweep.target_accuracy));
  }
  return sentences;
}

}  // namespace fanin
