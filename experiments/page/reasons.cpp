#include "experiments/page/reasons.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "experiments/look/layer_signal.hpp"
#include "experiments/page/words.hpp"
#include "experiments/report/tables.hpp"
#include "framework/core/text.hpp"

namespace fanin {
namespace {

using Words = std::vector<std::string>;

// Why an init does not train, by the signals of its first run before training.
std::string reason(const InitResults& init, const RunRecord& record) {
  const LayerSignals& look = record.layers.front();
  Words why = flow_verdicts(look.layers, true);
  const auto [units, distinct] = hidden_units(look);
  if (units > 0 && 2 * distinct < units)
    why.push_back(fmt::format("of its {} hidden units only {} differ, the others are copies", units,
                              distinct));
  if (why.empty()) {
    why = flow_verdicts(look.layers);
    std::erase_if(why,
                  [](const std::string& flow) { return flow.find("roughly keep") != flow.npos; });
  }
  if (why.empty()) {
    const auto flows = flows_of(look.layers);
    const std::string factors =
        flows ? fmt::format(" (outputs ×{:.2g} over the hidden layers, gradients ×{:.2g})",
                            flows->outputs.factor(), flows->gradients.factor())
              : "";
    why.push_back("no signal is lost before training" + factors +
                  ", so look at the learning rate and the number of steps");
  }
  Words how;
  for (const Outcome outcome : {Outcome::diverged, Outcome::dead, Outcome::at_chance})
    if (const std::size_t count = init.count(outcome); count > 0)
      how.push_back(
          fmt::format("{} in {}", outcome_names[static_cast<std::size_t>(outcome)], count));
  return fmt::format("{} ({} of {} seeds): {}.", init.init, listed(how), init.runs(),
                     join(why, "; "));
}

}  // namespace

Words reasons(const Results& results) {
  Words sentences;
  std::set<std::string> explained;
  for (const PanelResults& panel : results.panels)
    for (const InitResults& init : panel.inits) {
      if (init.runs() == 0 || 2 * init.left_chance() >= init.runs()) continue;
      const auto first = std::ranges::find_if(results.ended, [&](const EndedRun& ended) {
        return ended.run.init == init.init && ended.run.axes == panel.axes &&
               !ended.record.layers.empty();
      });
      const bool is_new = explained.insert(init.init).second;
      if (first == results.ended.end() || (!is_new && results.panels.size() > few_panels)) continue;
      const std::string where = panel.axes.empty() ? "" : panel_name(panel.axes) + ", ";
      sentences.push_back(where + reason(init, first->record));
    }
  return sentences;
}

}  // namespace fanin
