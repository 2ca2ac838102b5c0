#include "experiments/page/caveats.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "experiments/page/words.hpp"
#include "experiments/report/tables.hpp"

namespace fanin {
namespace {

using Words = std::vector<std::string>;

// Whether some seeds left chance and others did not, of too few to tell how often.
bool is_undecided(const InitResults& init) {
  return init.left_chance() > 0 && init.left_chance() < init.runs() && init.runs() < enough_seeds;
}

}  // namespace

Words caveats(const Results& results) {
  Words sentences, undecided;
  const std::vector<PanelResults>& panels = results.panels;
  for (const PanelResults& panel : panels)
    for (const InitResults& init : panel.inits)
      if (is_undecided(init) && std::ranges::find(undecided, init.init) == undecided.end())
        undecided.push_back(init.init);
  if (!undecided.empty())
    sentences.push_back(
        fmt::format("{} rose above chance in some seeds but not in others; to see how "
                    "often, run {} or more seeds.",
                    listed(undecided), enough_seeds));
  std::size_t most = 0;
  bool intervals = false;
  Words coarse, reaches;
  double least = HUGE_VAL, widest = 0;
  for (const PanelResults& panel : panels) {
    for (const InitResults& init : panel.inits) most = std::max(most, init.runs());
    const double resolution = resolution_of(panel);
    intervals |= !std::isnan(resolution);
    if (!(resolution > 0.01)) continue;
    coarse.push_back(panel_name(panel.axes));
    reaches.push_back(fmt::format("±{:.1f} points{}", 100 * resolution,
                                  panels.size() == 1 ? "" : " at " + coarse.back()));
    least = std::min(least, resolution), widest = std::max(widest, resolution);
  }
  if (!coarse.empty()) {
    const bool few = coarse.size() <= few_settings && panels.front().axes.size() <= 1;
    const std::string low = fmt::format("±{:.1f}", 100 * least),
                      high = fmt::format("±{:.1f}", 100 * widest),
                      range = low == high ? low : fmt::format("between {} and {}", low, high);
    sentences.push_back(fmt::format(
        "{}{} are too few to show a difference of one point reliably: the interval of a difference "
        "is typically {}. More seeds make it narrower; see `fanin compare --help`.",
        few || coarse.size() == panels.size()
            ? ""
            : fmt::format("In {} of {} settings ", coarse.size(), panels.size()),
        counted(most, "seed"), few ? listed(reaches) : range + " points"));
  }
  if (most == 1)
    sentences.emplace_back(
        "One seed gives no interval, so it cannot show a difference of one point. More seeds do; "
        "see "
        "`fanin compare --help`.");
  if (intervals && most < enough_seeds)
    sentences.emplace_back("With so few seeds the intervals assume a near-normal spread.");
  if (results.sweep.rounding == 0) return sentences;
  constexpr double as_large = 0.8;  // two estimates of one spread differ by chance
  Words chaotic;
  double largest = -1;  // nothing measured
  for (const PanelResults& panel : panels)
    for (const InitResults& init : panel.inits) {
      const double rounding = init.rounding_std(), seeds = init.seed_std();
      if (std::isnan(rounding) || std::isnan(seeds)) continue;
      largest = std::max(largest, rounding);
      if (rounding > 0 && rounding >= as_large * seeds)
        chaotic.push_back(fmt::format("{}{} ({:.2f} points, seeds {:.2f})", init.init,
                                      panel.axes.empty() ? "" : " at " + panel_name(panel.axes),
                                      100 * rounding, 100 * seeds));
    }
  if (largest < 0)
    sentences.emplace_back("To compare rounding with seeds, run two seeds or more.");
  else if (!chaotic.empty())
    sentences.push_back(fmt::format(
        "Rounding is a second seed for {}: the last bit of one weight moves the accuracy as far as "
        "another seed does, so another machine will give other numbers.",
        listed(chaotic)));
  else
    sentences.push_back(
        fmt::format("Rounding moves no init as far as another seed does: its std is at most {} "
                    "points.",
                    points(largest, 2)));
  return sentences;
}

}  // namespace fanin
