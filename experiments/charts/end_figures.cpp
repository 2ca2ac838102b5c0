#include "experiments/charts/end_figures.hpp"
#include "experiments/report/statistics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "experiments/charts/figure_template.hpp"
#include "experiments/charts/panels.hpp"
#include "init/named_options.hpp"

namespace fanin {
namespace {

using Json = nlohmann::json;
using Words = std::vector<std::string>;

// The runs that tell something of their inits.
std::vector<Panel> ended_panels(const Sweep& sweep, const Records& records) {
  return panels_of(sweep, records, [&sweep](const RunRecord& record) {
    return outcome(record, sweep.target_accuracy) != Outcome::failed;
  });
}

bool are_numbers(const Words& values) {
  return std::ranges::all_of(
      values, [](const auto& value) { return parse_number<double>(value).has_value(); });
}

// The option in which the inits of a sweep differ if all are of one scheme and differ in just that;
// else "".
std::string setting_of(const Words& inits) {
  std::map<std::string, std::set<std::string>> values;
  std::set<std::string> schemes;
  for (const std::string& name : inits) {
    if (name.find('{') != std::string::npos) return "";
    const NamedOptions init(name);
    schemes.insert(init.name());
    for (const auto& [key, value] : init.all()) values[key].insert(value);
  }
  std::erase_if(values, [](const auto& option) { return option.second.size() < 2; });
  const bool one = schemes.size() == 1 && values.size() == 1;
  return one && values.begin()->second.size() == inits.size() ? values.begin()->first : "";
}

constexpr const char* by_init = "init";

// The names of the maps' axes, x and y; "" if the sweep gives no map.
std::pair<std::string, std::string> sides_of(const Sweep& sweep, const Words& inits) {
  const Axes axes = sweep.runs.empty() ? Axes() : sweep.runs.front().axes;
  if (axes.size() == 2 && axes[0].first == "depth")  // layers are stacked
    return {axes[1].first, axes[0].first};
  if (axes.size() == 2) return {axes[0].first, axes[1].first};
  if (axes.size() != 1) return {};
  const std::string setting = setting_of(inits);
  if (setting.empty()) return {axes[0].first, by_init};
  return {setting, axes[0].first};
}

std::string place_of(const Run& run, const std::string& side) {
  if (side == by_init) return run.init;
  for (const auto& [key, value] : run.axes)
    if (key == side) return value;
  return NamedOptions(run.init).text(side, "");
}

// The places along a side, numbers upwards.
Words places_of(const Sweep& sweep, const std::string& side) {
  Words places;
  for (const Run& run : sweep.runs)
    if (const auto place = place_of(run, side); std::ranges::find(places, place) == places.end())
      places.push_back(place);
  if (are_numbers(places))
    std::ranges::sort(places, {}, [](const auto& place) { return *parse_number<double>(place); });
  return places;
}

// How many cells above the foot the reach lies, between depths on their logarithm.
double height_of(double reach, const Words& depths) {
  std::size_t above = 1;
  while (above + 1 < depths.size() && std::stod(depths[above]) < reach) ++above;
  const double from = std::log(std::stod(depths[above - 1])),
               to = std::log(std::stod(depths[above]));
  return static_cast<double>(above) - 0.5 + (std::log(reach) - from) / (to - from);
}

}  // namespace

Json seeds_figure(const Sweep& sweep, const Records& records, const Styles& inits) {
  constexpr std::size_t most_dots = 500;  // in a line; more are a smear, and megabytes
  const FigureTemplate shell("seeds", sweep, inits);
  const std::vector<Panel> panels = ended_panels(sweep, records);
  if (panels.empty()) return nullptr;
  double low = 1, high = 0;
  for (const Panel& panel : panels) {
    for (const RecordedRun& of : panel.runs) {
      low = std::min(low, final_accuracy(of.record));
      high = std::max(high, final_accuracy(of.record));
    }
  }
  const double margin = std::max(0.05 * (high - low), 0.01);
  const Json domain = {std::max(0., low - margin), std::min(1., high + margin)};

  bool all = true;
  Json charts = Json::array();
  for (const Panel& panel : panels) {
    Json dots = Json::array(), medians = Json::array();
    std::map<std::string, std::vector<double>> accuracies;
    for (const auto& [run, record] : panel.runs) {
      std::vector<double>& seeds = accuracies[run.init];
      seeds.push_back(final_accuracy(record));
      all = all && seeds.size() <= most_dots;
      if (seeds.size() > most_dots) continue;
      const Outcome which = outcome(record, sweep.target_accuracy);
      dots.push_back({{"init", run.init},
                      {"seed", run.seed},
                      {"accuracy", seeds.back()},
                      {"outcome", outcome_names[static_cast<std::size_t>(which)]}});
      const double loss = last_evaluation(record).test_loss;
      if (std::isfinite(loss)) dots.back()["loss"] = loss;
    }
    for (const Style& style : inits)
      if (const auto seeds = accuracies.find(style.init); seeds != accuracies.end())
        medians.push_back(
            {{"init", style.init}, {"seed", "median"}, {"accuracy", median(seeds->second)}});
    charts.push_back(
        titled(shell.chart({{"accuracy_domain", domain}, {"dots", dots}, {"medians", medians}}),
               panel.name));
  }
  const std::string dots =
      all ? "a dot for each seed, a bar at the median"
          : fmt::format("a dot for each of the first {} seeds, a bar at the median of all",
                        most_dots);
  return shell.figure(dots, std::move(charts));
}

Json phases_figure(const Sweep& sweep, const Records& records, const Styles& inits) {
  constexpr std::size_t maps_in_a_row = 3, cell_width = 52, cell_height = 30;
  const FigureTemplate shell("phases", sweep, inits);
  Words names;
  for (const Style& style : inits) names.push_back(style.init);
  const auto [x, y] = sides_of(sweep, names);
  if (x.empty()) return nullptr;
  const Words xs = places_of(sweep, x), ys = places_of(sweep, y);
  std::set<std::pair<std::string, std::string>> places;
  for (const Run& run : sweep.runs) places.insert({place_of(run, x), place_of(run, y)});
  const bool numbered = are_numbers(xs) || are_numbers(ys);
  const bool large = xs.size() >= (y == by_init ? 3 : 2) && ys.size() >= 2 && places.size() >= 6;
  if (!numbered || !large || places.size() != xs.size() * ys.size()) return nullptr;

  const bool map_each = sweep.runs.front().axes.size() == 2;
  std::map<std::array<std::string, 3>, std::vector<double>> accuracies;
  std::map<std::string, double> reach;  // by x
  for (const Panel& panel : ended_panels(sweep, records)) {
    for (const auto& [run, record] : panel.runs) {
      const std::string column = place_of(run, x);
      if (!map_each && y == "depth" && !record.layers.empty() && record.layers.front().depth_scale)
        reach[column] = 6 * *record.layers.front().depth_scale;
      accuracies[{run.init, column, place_of(run, y)}].push_back(final_accuracy(record));
    }
  }
  if (accuracies.empty()) return nullptr;
  std::erase_if(reach, [](const auto& at) { return !std::isfinite(at.second); });

  std::map<std::string, Json> cells;  // by the map that they are in
  for (const auto& [at, seeds] : accuracies) {
    const auto& [init, column, row] = at;
    Json cell = {{"init", init}, {x, column}, {y, row}, {"accuracy", median(seeds)}};
    if (reach.contains(column)) cell["reach"] = reach[column];
    cells[map_each ? init : ""].push_back(std::move(cell));
  }
  Json line = Json::array();
  for (const auto& [column, to] : reach)
    line.push_back({{x, column}, {"reach", to}, {"at", height_of(to, ys)}});
  Json values = {{"x", x},
                 {"xs", xs},
                 {"y", y},
                 {"ys", ys},
                 {"y_title", y == by_init ? Json() : Json(y)},
                 {"width", cell_width * xs.size()},
                 {"height", cell_height * ys.size()},
                 {"reach", line},
                 {"reach_domain", {0, ys.size()}}};
  if (are_numbers(ys)) std::ranges::reverse(values["ys"]);  // which grow upwards

  Json maps = Json::array();
  for (const std::string& name : map_each ? names : Words{""}) {
    values["rows"] = cells[name].is_null() ? Json::array() : cells[name];
    Json map = shell.chart(values);
    if (line.empty()) map["layer"].erase(2);
    maps.push_back(titled(std::move(map), name));
  }
  Json rows = map_each ? Json::array() : maps;
  for (std::size_t i = 0; map_each && i < maps.size(); ++i) {
    if (i % maps_in_a_row == 0) rows.push_back({{"hconcat", Json::array()}});
    rows.back()["hconcat"].push_back(std::move(maps[i]));
  }
  const std::string dashed = "; dashed: 6 xi, how deep theory lets signals reach";
  return shell.figure("median accuracy at the end" + (line.empty() ? "" : dashed), std::move(rows));
}

}  // namespace fanin
