#include "experiments/charts/rate_figure.hpp"

#include <algorithm>

#include "experiments/report/tables.hpp"
#include "experiments/report/tuning.hpp"
#include "init/named_options.hpp"

namespace fanin {
namespace {

using Json = nlohmann::json;

// The rate that was chosen for an init in a panel; NaN if it was not tuned.
double chosen_rate(const Sweep& sweep, const std::string& init, const Axes& axes) {
  for (const Run& run : sweep.runs)
    if (run.init == init && run.axes == axes) return run.options.lr.value_or(NAN);
  return NAN;
}

}  // namespace

Json rates_figure(const Results& results, const Styles& inits) {
  const FigureTemplate shell("rates", results.sweep, inits);
  Json charts = Json::array();
  for (const PanelResults& panel : results.panels) {
    Json rows = Json::array(), chosen = Json::array();
    for (const RatePoint& point : rate_points(results, panel.axes)) {
      Json row = {{"init", point.init},
                  {"rate", point.rate},
                  {"accuracy", point.accuracy},
                  {"accuracy_low", point.low},
                  {"accuracy_high", point.high}};
      if (point.rate == chosen_rate(results.sweep, point.init, panel.axes)) chosen.push_back(row);
      rows.push_back(std::move(row));
    }
    if (rows.empty()) continue;
    charts.push_back(
        titled(shell.chart({{"rows", rows}, {"chosen", chosen}}), panel_name(panel.axes)));
  }
  if (charts.empty()) return nullptr;
  return shell.figure(
      "mean and quartiles on held-out images at the end of each rate's runs; a mark at the chosen "
      "rate",
      std::move(charts));
}

}  // namespace fanin
