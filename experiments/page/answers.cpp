#include "experiments/page/answers.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "experiments/report/tables.hpp"

namespace fanin {
namespace {

using Words = std::vector<std::string>;

constexpr std::size_t few_panels = 4;

// "a, b and c"
std::string listed(const Words& words) {
  if (words.size() < 2) return words.empty() ? "" : words.front();
  return fmt::format("{} and {}", fmt::join(words.begin(), words.end() - 1, ", "), words.back());
}

bool never_left_chance(const InitResults& results) {
  return results.runs() > 0 && results.count(Outcome::trained) + results.count(Outcome::slow) == 0;
}

bool trains_in_most(const InitResults& results) {
  return 2 * results.count(Outcome::trained) > results.runs();
}

std::string describe(const InitResults& results) {
  return fmt::format("{:.1f} %, {} of {} seeds trained", 100 * median(results.accuracies),
                     results.count(Outcome::trained), results.runs());
}

std::string panel_answer(const PanelResults& panel) {
  std::string text = panel.axes.empty() ? "" : panel_name(panel.axes) + ": ";
  const InitResults* best = best_init(panel);
  if (best == nullptr) return text + "no init left chance.";
  Words equal, behind, unknown, stuck;
  for (const InitResults& other : panel.inits) {
    if (&other == best || other.runs() == 0) continue;
    if (never_left_chance(other)) {
      stuck.push_back(other.init);
      continue;
    }
    const PairedDifference lead = compare_inits(*best, other);
    if (std::isnan(lead.interval.low))
      unknown.push_back(fmt::format("{} ({:.1f} %)", other.init, 100 * median(other.accuracies)));
    else if (lead.interval.low > 0)
      behind.push_back(fmt::format("{} by {:.1f} points ({:.1f} to {:.1f})", other.init,
                                   100 * lead.mean, 100 * lead.interval.low,
                                   100 * lead.interval.high));
    else
      equal.push_back(fmt::format("{} ({:.1f} %)", other.init, 100 * median(other.accuracies)));
  }
  text += fmt::format("{} does best (median {}).", best->init, describe(*best));
  if (!equal.empty()) text += fmt::format(" The seeds cannot tell {} from it.", listed(equal));
  if (!behind.empty()) text += fmt::format(" It is ahead of {}.", listed(behind));
  if (!unknown.empty())
    text += fmt::format(" Too few seeds, fewer than {}, for an interval against {}.", fewest_pairs,
                        listed(unknown));
  if (!stuck.empty()) text += fmt::format(" No seed of {} left chance.", listed(stuck));
  return text;
}

// "in 3 of 9 settings"; of a single axis of numbers "up to depth=20", where that is all there is.
std::string where_it_trains(const std::vector<PanelResults>& panels, const std::string& init) {
  std::size_t settings = 0, trained = 0, prefix = 0;
  std::string last;
  for (const PanelResults& panel : panels) {
    const auto results = std::ranges::find(panel.inits, init, &InitResults::init);
    if (results == panel.inits.end() || results->runs() == 0) continue;
    if (trains_in_most(*results)) {
      prefix += trained++ == settings;
      last = panel_name(panel.axes);
    }
    ++settings;
  }
  if (trained == 0) return "nowhere";
  if (trained == settings) return "everywhere";
  const bool one_axis = panels.front().axes.size() == 1;
  if (one_axis && prefix == trained) return "up to " + last;
  return fmt::format("in {} of {} settings", trained, settings);
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

Words answers(const Sweep& sweep, const Records& records) {
  const std::vector<PanelResults> panels = panel_results(sweep, records);
  if (panels.empty()) return {"No run has ended yet."};
  if (panels.size() > few_panels) return many_panels(panels);
  Words sentences;
  for (const PanelResults& panel : panels) sentences.push_back(panel_answer(panel));
  return sentences;
}

}  // namespace fanin
