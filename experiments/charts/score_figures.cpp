#include "experiments/charts/score_figures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "experiments/charts/peer.hpp"
#include "experiments/report/tables.hpp"
#include "init/named_options.hpp"

namespace fanin {
namespace {

using Json = nlohmann::json;
using Words = std::vector<std::string>;

constexpr double off = 1e300;  // stands for infinity, which JSON lacks

// The losses and accuracies of a panel. Without a finite loss the accuracy is that of guessing.
Seeds scores_of(const Panel& panel) {
  Seeds scores;
  double chance = 0;
  const auto add = [&chance](Fields& fields, const Evaluation& at) {
    fields["loss"].push_back(std::isfinite(at.test_loss) ? at.test_loss : off);
    fields["accuracy"].push_back(std::isfinite(at.test_accuracy) ? at.test_accuracy : chance);
  };
  for (const auto& [run, record] : panel.runs) {
    chance = guessing(record.start.classes);
    for (const Evaluation& at : record.evaluations) add(scores[run.init][at.step], at);
  }
  for (const auto& [run, record] : panel.runs)  // a run that ended early keeps its last scores
    for (auto& [step, fields] : scores[run.init])
      if (const auto& all = record.evaluations; !all.empty() && step > all.back().step)
        add(fields, all.back());
  keep_common(scores);
  return scores;
}

// A row per init and step with finite medians and their quartiles. The first init is drawn last, on
// top, and the inits take turns at marking their steps, so that lines in one place all show.
Json score_rows(const Panel& panel, const Styles& inits, bool named) {
  Json rows = Json::array();
  Seeds scores = scores_of(panel);
  for (std::size_t i = inits.size(); i-- > 0;) {
    const auto& steps = scores[inits[i].name];
    const std::size_t period = std::min(steps.size(), inits.size());
    std::size_t turn = i;
    for (const auto& [step, fields] : steps) {
      Json row = {{"init", inits[i].name}, {"step", step}, {"marked", turn++ % period == 0}};
      for (const auto& [field, values] : fields) {
        const Quartiles at = quartiles(values);
        if (at.median > off / 1000) continue;  // or between infinity and a number
        row[field] = at.median;
        row[field + "_low"] = at.low;
        row[field + "_high"] = at.high;
      }
      if (named) row["source"] = "fanin, median";
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

// PyTorch's curves in the panel of that name, point by point.
Json pytorch_rows(const Sweep& sweep, const Records& pytorch, const std::string& panel) {
  Json rows = Json::array();
  for (std::size_t i = 0; i < pytorch.size(); ++i) {
    const Run& run = sweep.runs[i];
    if (!pytorch[i] || panel_name(run.axes) != panel) continue;
    for (const Evaluation& at : pytorch[i]->evaluations) {
      Json row = {{"init", run.init}, {"source", "PyTorch"}, {"seed", run.seed}, {"step", at.step}};
      if (std::isfinite(at.test_loss)) row["loss"] = at.test_loss;
      if (std::isfinite(at.test_accuracy)) row["accuracy"] = at.test_accuracy;
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

// How far the axes go. A loss above 10 nats is drawn at 10.
Json domains(const Records& records) {
  std::size_t last = 1;
  double low = 1, high = 2.5;
  for (const auto& record : records) {
    if (!record) continue;
    for (const Evaluation& at : record->evaluations) {
      last = std::max(last, at.step);
      if (!std::isfinite(at.test_loss)) continue;
      low = std::clamp(at.test_loss * 0.9, 1e-4, low);
      high = std::clamp(at.test_loss * 1.1, high, 10.);
    }
  }
  Json ticks = Json::array();
  for (int decade = -4; decade <= 1; ++decade)
    for (int digit : {1, 2, 5})
      if (const double tick = digit * std::pow(10, decade); low <= tick && tick <= high)
        ticks.push_back(tick);
  return {{"step_domain", {0, last}}, {"loss_domain", {low, high}}, {"loss_ticks", ticks}};
}

// The axis of a panel's final accuracies: it fits the trained runs, or else those that left chance,
// or all. Also says whether runs lie below it.
std::pair<Json, bool> accuracy_domain(const PanelResults& panel) {
  const auto fit = [&panel](Outcome worst) {
    std::pair<double, double> range = {1, 0};
    for (const InitResults& init : panel.inits)
      for (std::size_t i = 0; i < init.runs(); ++i)
        if (init.outcomes[i] <= worst)
          range = {std::min(range.first, init.accuracies[i]),
                   std::max(range.second, init.accuracies[i])};
    return range;
  };
  const auto all = fit(Outcome::failed);
  auto [low, high] = fit(Outcome::trained);
  if (low > high) std::tie(low, high) = fit(Outcome::slow);
  if (low > high) std::tie(low, high) = all;
  const double margin = std::max(0.05 * (high - low), 0.005);
  low = std::floor(100 * std::max(0., low - margin)) / 100;
  return {{low, std::min(1., high + margin)}, all.first < low};
}

bool are_numbers(const Words& values) {
  return std::ranges::all_of(
      values, [](const auto& value) { return parse_number<double>(value).has_value(); });
}

// The option in which the inits differ, if all are of one scheme and differ in just one option.
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

// The names of the x and y axes of the maps, or "" if the sweep has no map.
std::pair<std::string, std::string> sides_of(const Axes& axes, const Words& inits) {
  if (axes.size() == 2 && axes[0].first == "depth")  // layers are stacked
    return {axes[1].first, axes[0].first};
  if (axes.size() == 2) return {axes[0].first, axes[1].first};
  if (axes.size() != 1) return {};
  const std::string setting = setting_of(inits);
  if (setting.empty()) return {axes[0].first, by_init};
  return {setting, axes[0].first};
}

std::string place_of(const std::string& init, const Axes& axes, const std::string& side) {
  if (side == by_init) return init;
  for (const auto& [key, value] : axes)
    if (key == side) return value;
  return NamedOptions(init).text(side, "");
}

// The places along a side, sorted if they are numbers.
Words places_of(const Sweep& sweep, const std::string& side) {
  Words places;
  for (const Run& run : sweep.runs)
    if (const auto place = place_of(run.init, run.axes, side);
        std::ranges::find(places, place) == places.end())
      places.push_back(place);
  if (are_numbers(places))
    std::ranges::sort(places, {}, [](const auto& place) { return *parse_number<double>(place); });
  return places;
}

// The height of a reach on the y axis, in cells. Between depths it interpolates their logarithms.
double height_of(double reach, const Words& depths) {
  std::size_t above = 1;
  while (above + 1 < depths.size() && std::stod(depths[above]) < reach) ++above;
  const double from = std::log(std::stod(depths[above - 1])),
               to = std::log(std::stod(depths[above]));
  return static_cast<double>(above) - 0.5 + (std::log(reach) - from) / (to - from);
}

}  // namespace

Json convergence_figure(const Results& results, const Styles& inits,
                        const std::filesystem::path& pytorch) {
  const Sweep& sweep = results.sweep;
  const FigureTemplate shell("convergence", sweep, inits);
  const std::vector<Panel> panels = panels_of(results);
  const Records peers = pytorch.empty() ? Records() : pytorch_records(sweep, pytorch);
  std::set<std::uint64_t> seeds;
  Json values = domains(results.records), charts = Json::array();
  values["height"] = panels.size() > 1 ? 160 : 240;
  for (const Panel& panel : panels) {
    for (const auto& [run, record] : panel.runs) seeds.insert(run.seed);
    const Json dashed = pytorch_rows(sweep, peers, panel.name);
    values["step_title"] = &panel == &panels.back() ? "training step" : "";
    values["rows"] = score_rows(panel, inits, !dashed.empty());
    values["pytorch"] = dashed;
    Json chart = shell.chart(values);
    for (Json& view : chart["hconcat"])
      if (dashed.empty()) view["layer"].erase(3);
    charts.push_back(titled(std::move(chart), panel.name));
  }
  std::string subtitle =
      seeds.size() > 1 ? fmt::format("median and quartiles of {} seeds", seeds.size()) : "one seed";
  const auto peer = std::ranges::find_if(peers, [](const auto& run) { return run.has_value(); });
  if (peer != peers.end())
    subtitle += fmt::format("; thin and dashed: PyTorch, seed {}",
                            sweep.runs[static_cast<std::size_t>(peer - peers.begin())].seed);
  return shell.figure(subtitle, std::move(charts));
}

Json seeds_figure(const Results& results, const Styles& inits) {
  constexpr std::size_t most_dots = 500;  // per line; more would smear, and take megabytes
  const FigureTemplate shell("seeds", results.sweep, inits);
  bool all = true, some_below = false;
  Json charts = Json::array();
  for (const PanelResults& panel : results.panels) {
    const auto [domain, below] = accuracy_domain(panel);
    some_below |= below;
    Json dots = Json::array(), means = Json::array();
    for (const InitResults& init : panel.inits) {
      if (init.runs() == 0) continue;
      all = all && init.runs() <= most_dots;
      for (std::size_t i = 0; i < std::min(init.runs(), most_dots); ++i) {
        dots.push_back({{"init", init.init},
                        {"seed", init.seeds[i]},
                        {"accuracy", init.accuracies[i]},
                        {"outcome", outcome_names[static_cast<std::size_t>(init.outcomes[i])]}});
        if (std::isfinite(init.losses[i])) dots.back()["loss"] = init.losses[i];
      }
      means.push_back({{"init", init.init}, {"seed", "mean"}, {"accuracy", mean(init.accuracies)}});
    }
    if (dots.empty()) continue;
    charts.push_back(
        titled(shell.chart({{"accuracy_domain", domain}, {"dots", dots}, {"means", means}}),
               panel_name(panel.axes)));
  }
  if (charts.empty()) return nullptr;
  const std::string dots =
      all ? "a dot for each seed, a bar at the mean"
          : fmt::format("a dot for each of the first {} seeds, a bar at the mean of all",
                        most_dots);
  const std::string edge = "; runs below the range of an axis are drawn at its left edge";
  return shell.figure(dots + (some_below ? edge : ""), std::move(charts));
}

Json phases_figure(const Results& results, const Styles& inits) {
  constexpr std::size_t maps_in_a_row = 3, cell_width = 52, cell_height = 30;
  const Sweep& sweep = results.sweep;
  const FigureTemplate shell("phases", sweep, inits);
  Words names;
  for (const Style& style : inits) names.push_back(style.name);
  const Axes axes = sweep.runs.empty() ? Axes() : sweep.runs.front().axes;
  const auto [x, y] = sides_of(axes, names);
  if (x.empty()) return nullptr;
  const Words xs = places_of(sweep, x), ys = places_of(sweep, y);
  std::set<std::pair<std::string, std::string>> places;
  for (const auto& [name, init, seed, at, options] : sweep.runs)
    places.insert({place_of(init, at, x), place_of(init, at, y)});
  const bool numbered = are_numbers(xs) || are_numbers(ys);
  const bool large = xs.size() >= (y == by_init ? 3 : 2) && ys.size() >= 2 && places.size() >= 6;
  if (!numbered || !large || places.size() != xs.size() * ys.size()) return nullptr;

  const bool map_each = axes.size() == 2;
  std::map<std::string, double> reach;  // by x
  if (!map_each && y == "depth")
    for (const auto& [run, record, outcome] : results.ended)
      if (outcome != Outcome::failed && !record.layers.empty() && record.layers[0].depth_scale)
        reach[place_of(run.init, run.axes, x)] = 6 * *record.layers[0].depth_scale;
  std::erase_if(reach, [](const auto& at) { return !std::isfinite(at.second); });

  std::map<std::array<std::string, 3>, double> accuracies;
  for (const PanelResults& panel : results.panels)
    for (const InitResults& of : panel.inits)
      if (of.runs() > 0)
        accuracies[{of.init, place_of(of.init, panel.axes, x), place_of(of.init, panel.axes, y)}] =
            median(of.accuracies);
  if (accuracies.empty()) return nullptr;
  std::map<std::string, Json> cells;  // by the map that they are in
  for (const auto& [at, accuracy] : accuracies) {
    const auto& [init, column, row] = at;
    Json cell = {{"init", init}, {x, column}, {y, row}, {"accuracy", accuracy}};
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

  Json rows = Json::array();
  std::size_t maps = 0;
  for (const std::string& name : map_each ? names : Words{""}) {
    values["rows"] = cells[name].is_null() ? Json::array() : cells[name];
    Json map = titled(shell.chart(values), name);
    if (line.empty()) map["layer"].erase(2);
    if (map_each && maps++ % maps_in_a_row == 0) rows.push_back({{"hconcat", Json::array()}});
    (map_each ? rows.back()["hconcat"] : rows).push_back(std::move(map));
  }
  const std::string dashed = "; dashed: 6 xi, the depth that signals reach in theory";
  return shell.figure("median accuracy at the end" + (line.empty() ? "" : dashed), std::move(rows));
}

}  // namespace fanin
