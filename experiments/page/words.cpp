#include "experiments/page/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <optional>
#include <set>
#include <span>

#include "experiments/page/caveats.hpp"
#include "experiments/page/setting.hpp"
#include "experiments/report/tables.hpp"
#include "framework/core/text.hpp"
#include "init/named_options.hpp"

namespace fanin {
namespace {

using Words = std::vector<std::string>;

struct Lead {
  std::string init;
  PairedDifference by;
};

// " a is ahead of b by 1.2 points (0.4 to 2.0).", or " 2 inits are ahead of b: a by 1.2 points (0.4
// to 2.0) and c by 1.1 points (0.3 to 1.9)."
std::string told(const std::vector<Lead>& leads, const std::string& relation,
                 std::size_t more = 0) {
  Words amounts, parts;
  for (const auto& [init, by] : leads) {
    amounts.push_back(fmt::format("by {} points ({} to {})", points(by.mean, 1),
                                  points(by.interval.low, 1), points(by.interval.high, 1)));
    parts.push_back(init + " " + amounts.back());
  }
  if (leads.empty()) return "";
  if (leads.size() == 1)
    return fmt::format(" {} is {} {}.", leads.front().init, relation, amounts.front());
  if (more > 0) parts.push_back(counted(more, "other"));
  return fmt::format(" {} inits are {}: {}.", leads.size() + more, relation, listed(parts));
}

// How the inits that cannot be compared by their means ended, in counts.
std::string in_counts(const PanelResults& panel, double target) {
  std::string text;
  Words never, mixed, trained;
  std::size_t seeds = 0;  // of the mixed ones
  for (const InitResults& init : panel.inits) {
    const std::size_t diverged = init.count(Outcome::diverged), all = init.runs();
    const std::string of = fmt::format("of {} seeds", all);
    if (all == 0 || init.is_comparable()) continue;
    if (diverged > 0)
      text += fmt::format(" {} diverged in {} {} and rose above chance in {}.", init.init, diverged,
                          of, init.left_chance());
    else if (init.left_chance() == 0)
      never.push_back(init.init);
    else if (init.left_chance() < all)
      text += fmt::format(" {} rose above chance in {} {}.", init.init, init.left_chance(), of);
    else
      mixed.push_back(init.init), trained.push_back(fmt::to_string(init.count(Outcome::trained))),
          seeds = all;
  }
  if (!mixed.empty())
    text += fmt::format(
        " {} ended at {:.4g} % or more in some seeds only ({} of {}); such mixtures are compared "
        "from {} seeds on.",
        listed(mixed), 100 * target, listed(trained), seeds, enough_seeds);
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

// What the family says about the inits of a panel and the baseline.
std::string against_baseline(const PanelResults& panel, const InitResults& baseline) {
  std::string text =
      fmt::format("{}, which was named as the baseline beforehand, ends at {:.1f} % on average.",
                  baseline.init, 100 * mean(baseline.accuracies));
  std::vector<Lead> ahead, behind;
  Words open, apart;
  for (const InitResults* init : ranked(panel)) {
    if (init == &baseline) continue;
    const PairedDifference lead = panel.lead(*init, baseline);
    if (lead.is_ahead())
      ahead.push_back({init->init, lead});
    else if (lead.is_behind())
      behind.push_back({init->init, panel.lead(baseline, *init)});
    else if (are_comparable(*init, baseline))
      open.push_back(init->init);
    else
      apart.push_back(init->init);
  }
  text += told(ahead, "ahead of it") + told(behind, "behind it");
  if (!open.empty()) text += fmt::format(" These seeds cannot tell {} from it.", listed(open));
  if (!apart.empty())
    text += fmt::format(" {} had another outcome in every seed, and {} not compared.",
                        listed(apart), apart.size() == 1 ? "is" : "are");
  return text;
}

// What the family of comparisons says about a panel: the inits that no other is ahead of, and for
// each of the others which ones are.
std::string comparison(const PanelResults& panel, const std::vector<const InitResults*>& inits) {
  constexpr double wide = 0.01;    // a range in which each init's mean is told
  constexpr std::size_t most = 3;  // of the inits ahead of another one
  if (inits.empty()) return "";
  std::string behind;
  Words top, others;
  const InitResults *best = nullptr, *worst = nullptr;
  for (const InitResults* init : inits) {
    std::vector<Lead> ahead;
    std::size_t more = 0;
    for (const InitResults* other : inits) {
      if (other == init || !panel.lead(*other, *init).is_ahead()) continue;
      if (ahead.size() < most)
        ahead.push_back({other->init, panel.lead(*other, *init)});
      else
        ++more;
    }
    if (!ahead.empty()) {
      behind += told(
          ahead, fmt::format("ahead of {} ({:.1f} %)", init->init, 100 * mean(init->accuracies)),
          more);
      continue;
    }
    if (best == nullptr)
      best = init;
    else
      others.push_back(fmt::format("{} ({:.1f} %{})", init->init, 100 * mean(init->accuracies),
                                   behind.empty() ? "" : ", but its seeds vary too much"));
    worst = init;
    top.push_back(init->init);
  }
  const double high = mean(best->accuracies), low = mean(worst->accuracies);
  if (top.size() == 1)
    return fmt::format("{} ends at {:.1f} % on average.{}", top.front(), 100 * high, behind);
  const char* seeds = best->runs() < 2 ? "one seed" : "these seeds";
  if (high - low > wide)
    return fmt::format("{} has the highest mean, {:.1f} %; {} cannot tell it apart from {}.{}",
                       best->init, 100 * high, seeds, listed(others), behind);
  return fmt::format("{} end between {:.1f} and {:.1f} % on average; {} cannot tell them apart.{}",
                     listed(top), 100 * low, 100 * high, seeds, behind);
}

// The same of all inits. With few seeds, those that reached the target in every seed are not
// compared with those that never did.
std::string comparison(const PanelResults& panel, double target) {
  const auto inits = ranked(panel);
  if (inits.empty()) return "";
  if (const InitResults* baseline = panel.baseline(); baseline != nullptr)
    return baseline->is_comparable()
               ? against_baseline(panel, *baseline)
               : fmt::format(
                     "{} was named as the baseline beforehand, but its runs are not "
                     "comparable, so nothing is compared.",
                     baseline->init);
  std::vector<const InitResults*> first, rest;
  for (const InitResults* init : inits)
    (are_comparable(*inits.front(), *init) ? first : rest).push_back(init);
  const std::string text = comparison(panel, first);
  if (rest.empty()) return text;
  return fmt::format("{} Below {:.4g} % in every seed: {}", text, 100 * target,
                     comparison(panel, rest));
}

bool claims(const PanelResults& panel) {
  return std::ranges::any_of(panel.pairs, [](const Comparison& pair) {
    return pair.difference.is_ahead() || pair.difference.is_behind();
  });
}

std::string panel_answer(const PanelResults& panel, double target) {
  const std::string text = panel.axes.empty() ? "" : panel_name(panel.axes) + ": ";
  const std::string answer = comparison(panel, target) + in_counts(panel, target);
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

// The best accuracy of an init's runs, and whether any of them left chance.
std::pair<double, bool> best_run(const std::vector<PanelResults>& panels, const std::string& init) {
  std::pair<double, bool> best = {0, false};
  for (const PanelResults& panel : panels)
    for (const InitResults& results : panel.inits)
      if (results.init == init && results.runs() > 0)
        best = {std::max(best.first, std::ranges::max(results.accuracies)),
                best.second || results.left_chance() > 0};
  return best;
}

Words many_panels(const std::vector<PanelResults>& panels, double target) {
  std::vector<std::pair<std::string, Words>> places;  // with the inits that train there
  std::set<std::string> seen;
  Words never, sentences;
  for (const PanelResults& panel : panels) {
    for (const InitResults& results : panel.inits) {
      const std::string& init = results.init;
      if (!seen.insert(init).second) continue;
      const std::string where = where_it_trains(panels, init);
      const auto [best, left] = best_run(panels, init);
      if (!left) {
        never.push_back(init);
      } else if (best < target) {
        sentences.push_back(
            fmt::format("{} never reached {:.4g} %; its best run ended at {:.1f} %.", init,
                        100 * target, 100 * best));
      } else if (where.empty()) {
        sentences.push_back(fmt::format(
            "{} trains in some runs, the best to {:.1f} %, but nowhere in most of its seeds.", init,
            100 * best));
      } else {
        auto place = std::ranges::find(places, where, [](const auto& at) { return at.first; });
        if (place == places.end()) place = places.insert(place, {where, {}});
        place->second.push_back(init);
      }
    }
  }
  Words trained;
  for (const auto& [where, inits] : places)
    trained.push_back(fmt::format("In most seeds {} train{} {}.", listed(inits),
                                  inits.size() == 1 ? "s" : "", where));
  sentences.insert(sentences.begin(), trained.begin(), trained.end());
  if (!never.empty())
    sentences.push_back(
        fmt::format("{} never leave{} chance.", listed(never), never.size() == 1 ? "s" : ""));
  return sentences;
}

}  // namespace

std::string listed(const std::vector<std::string>& words) {
  if (words.size() < 2) return words.empty() ? "" : words.front();
  return fmt::format("{} and {}", join(std::span(words).first(words.size() - 1), ", "),
                     words.back());
}

Words answers(const Results& results) {
  const Sweep& sweep = results.sweep;
  const std::vector<PanelResults>& panels = results.panels;
  if (panels.empty()) return {"No run has ended yet."};
  Words sentences;
  const auto done = static_cast<std::size_t>(std::ranges::count_if(
      results.ended, [](const EndedRun& run) { return run.outcome != Outcome::failed; }));
  if (done < sweep.runs.size())
    sentences.push_back(fmt::format("So far, {} of {} runs:", done, sweep.runs.size()));
  if (!sweep.tuning_of.empty()) {
    sentences.push_back(fmt::format(
        "These runs only choose the values at which {0} trains each init; they are tested on "
        "held-out training images. The page of {0} compares the inits.",
        sweep.tuning_of));
    return sentences;
  }
  if (panels.size() > few_panels) {
    std::ranges::move(many_panels(panels, sweep.target_accuracy), std::back_inserter(sentences));
    for (const PanelResults& panel : panels)
      if (claims(panel))
        sentences.push_back(panel_name(panel.axes) + ": " +
                            comparison(panel, sweep.target_accuracy));
    const auto is_tested = [](const PanelResults& panel) {
      return !std::isnan(resolution_of(panel));
    };
    if (std::ranges::none_of(panels, claims) && std::ranges::any_of(panels, is_tested))
      sentences.emplace_back(
          "In no setting do these seeds show that one init is ahead of another.");
    sentences.push_back(fmt::format("'Trains' means ending at {:.4g} % test accuracy or more.",
                                    100 * sweep.target_accuracy));
  } else {
    for (const PanelResults& panel : panels)
      sentences.push_back(panel_answer(panel, sweep.target_accuracy));
  }
  std::ranges::move(caveats(results), std::back_inserter(sentences));
  sentences.push_back(rates_in_words(results));
  return sentences;
}

}  // namespace fanin
