#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <utility>

#include "experiments/charts/figures.hpp"
#include "experiments/record/json_text.hpp"
#include "experiments/report/statistics.hpp"

// The figures of layers.
namespace fanin {
namespace {

using Json = nlohmann::json;

// Whole numbers up to the last layer, at most ten or so.
Json layer_ticks(const std::vector<LayerPoint>& points) {
  std::size_t last = 1;
  for (const LayerPoint& point : points) last = std::max(last, point.place);
  Json ticks = Json::array({1});
  const std::size_t apart = (last + 9) / 10;
  for (std::size_t tick = apart; tick <= last; tick += apart)
    if (tick > 1) ticks.push_back(tick);
  return ticks;
}

// Medians over seeds, a row per init and layer.
Json layer_rows(const std::vector<LayerPoint>& points, const std::string& panel) {
  std::map<std::pair<std::string, std::size_t>, std::vector<const LayerPoint*>> groups;
  for (const LayerPoint& point : points)
    if (point.panel == panel) groups[{point.init, point.place}].push_back(&point);
  Json rows = Json::array();
  for (const auto& [key, members] : groups) {
    Json row = {{"init", key.first}, {"layer", key.second}};
    // Clang 14 captures a structured binding by name alone.
    const auto add = [&row, &all = members](const char* name, double LayerPoint::*field) {
      std::vector<double> values;
      for (const LayerPoint* point : all)
        if (std::isfinite(point->*field)) values.push_back(point->*field);
      if (!values.empty()) row[name] = median(std::move(values));
    };
    add("std", &LayerPoint::std);
    add("expected", &LayerPoint::expected_std);
    add("gradient", &LayerPoint::gradient_std);
    rows.push_back(std::move(row));
  }
  return rows;
}

// Whole decades around the numbers; below them a foot for those that a logarithm has no place for.
struct LogAxis {
  static constexpr int lowest = -20;  // smaller numbers stand at the foot too

  LogAxis(const Json& rows, const std::vector<std::string>& fields) {
    double low = std::numeric_limits<double>::infinity(), high = 0;
    bool zero = false, tiny = false;
    for (const Json& row : rows) {
      for (const std::string& field : fields) {
        if (!row.contains(field)) continue;
        const double value = row[field];
        (value == 0 ? zero : tiny) |= value < std::pow(10, lowest);
        if (value >= std::pow(10, lowest)) low = std::min(low, value), high = std::max(high, value);
      }
    }
    const int first = high > 0 ? static_cast<int>(std::floor(std::log10(low))) : -1;
    const int last =
        high > 0 ? std::max(first + 1, static_cast<int>(std::ceil(std::log10(high)))) : 0;
    const int apart = (last - first) / 6 + 1;
    bottom = std::pow(10, first);
    foot = zero || tiny ? std::pow(10, first - std::max(1, apart)) : bottom;
    if (foot < bottom) ticks.push_back(foot);
    for (int decade = first; decade <= last; decade += apart) ticks.push_back(std::pow(10, decade));
    domain = {foot, std::pow(10, last)};
    foot_label = tiny ? "less" : "0";
  }

  Json drawn(const std::string& field) const {  // a transform: where the field is drawn
    const std::string value = "datum." + field;
    return {{"calculate",
             "isValid(" + value + ") ? max(" + value + ", " + dump_json(Json(foot)) + ") : null"},
            {"as", field + "_drawn"}};
  }

  Json channel(const std::string& field, const char* title) const {
    Json channel = parse_json(
        R"({"type": "quantitative", "scale": {"type": "log", "nice": false}, "axis": {"format": "~e"}})");
    channel["field"] = field + "_drawn";
    channel["scale"]["domain"] = domain;
    channel["axis"]["title"] = title;
    channel["axis"]["values"] = ticks;
    channel["axis"]["labelExpr"] = fmt::format("datum.value < {} ? '{}' : datum.label",
                                               dump_json(Json(bottom / 2)), foot_label);
    return channel;
  }

  double foot, bottom;
  Json ticks = Json::array(), domain;
  std::string foot_label;
};

// Whether theory ends with an init's first layer, where a line would not be seen.
bool has_lone_prediction(const Json& rows) {
  std::map<std::string, std::size_t> layers;
  for (const Json& row : rows)
    if (row.contains("expected")) ++layers[row["init"]];
  return std::ranges::any_of(layers, [](const auto& init) { return init.second == 1; });
}

Json layer_chart(const Json& rows, const std::string& field, const char* what, const Styles& inits,
                 const Json& ticks) {
  const bool theory = field == "std";  // it has a word of the outputs alone
  const LogAxis y(
      rows, theory ? std::vector<std::string>{field, "expected"} : std::vector<std::string>{field});
  Json transform = {y.drawn(field)}, layers = Json::array();
  const auto line = [&](const std::string& of, Json mark) {
    Json encoding = {{"y", y.channel(of, what)}};
    if (mark.contains("point")) encoding["shape"] = init_channel(inits, &Style::shape);
    layers.push_back({{"mark", std::move(mark)}, {"encoding", std::move(encoding)}});
  };
  line(field, {{"type", "line"}, {"point", true}});
  if (theory) {
    transform.push_back(y.drawn("expected"));
    Json mark = {{"type", "line"}, {"strokeDash", {4, 3}}, {"opacity", 0.7}};
    if (has_lone_prediction(rows))
      mark["point"] = {{"filled", false}, {"size", 130}, {"strokeWidth", 1.5}};
    line("expected", std::move(mark));
  }
  Json chart = parse_json(R"({
    "width": 290,
    "height": 200,
    "encoding": {
      "x": {"field": "layer", "type": "quantitative",
            "axis": {"title": "layer with weights", "format": "d", "grid": false}}
    }
  })");
  chart["transform"] = std::move(transform);
  chart["encoding"]["x"]["axis"]["values"] = ticks;
  chart["encoding"]["color"] = init_channel(inits, &Style::color);
  chart["layer"] = std::move(layers);
  return chart;
}

// How far theory reaches, in words; nothing where it has none.
std::string theory_words(const std::vector<LayerPoint>& points, bool lone) {
  std::map<std::string, std::pair<std::size_t, std::size_t>> panels;  // how far, of how many
  for (const LayerPoint& point : points) {
    auto& [reach, last] = panels[point.panel];
    last = std::max(last, point.place);
    if (std::isfinite(point.expected_std)) reach = std::max(reach, point.place);
  }
  std::set<std::pair<std::size_t, std::size_t>> places;
  bool any = false, all = true;
  for (const auto& [panel, at] : panels) {
    places.insert(at);
    any = any || at.first > 0;
    all = all && at.first == at.second;
  }
  if (!any) return "";
  std::string words =
      fmt::format("; {}: mean-field theory of the outputs", lone ? "dashed or hollow" : "dashed");
  if (all) return words;
  const auto [reach, last] = *places.begin();
  if (places.size() > 1) return words + ", not everywhere up to the last layer";
  return words + fmt::format(", up to layer {} of {}", reach, last);
}

}  // namespace

Json layers_figure(const std::string& title, const Styles& inits,
                   const std::vector<LayerPoint>& points) {
  std::vector<std::string> panels;
  for (const LayerPoint& point : points)
    if (std::ranges::find(panels, point.panel) == panels.end()) panels.push_back(point.panel);
  const Json ticks = layer_ticks(points);
  std::vector<std::pair<Json, std::vector<std::string>>> shown;  // with the panels that are alike
  for (const std::string& panel : panels) {
    Json values = layer_rows(points, panel);
    const auto same = std::ranges::find(shown, values, [](const auto& one) { return one.first; });
    if (same == shown.end())
      shown.push_back({std::move(values), {panel}});
    else
      same->second.push_back(panel);
  }
  Json rows = Json::array();
  for (const auto& [values, names_of] : shown) {
    Json row = {{"data", {{"values", values}}},
                {"spacing", 60},
                {"hconcat",
                 {layer_chart(values, "std", "std of outputs", inits, ticks),
                  layer_chart(values, "gradient", "std of gradients", inits, ticks)}}};
    if (shown.size() > 1)
      row["title"] = small_title(names_of.front() + (names_of.size() > 1 ? " and others" : ""));
    rows.push_back(std::move(row));
  }
  const bool lone =
      std::ranges::any_of(shown, [](const auto& one) { return has_lone_prediction(one.first); });
  return figure(title, "before training, medians over the seeds" + theory_words(points, lone),
                "vconcat", rows);
}

Json units_figure(const std::string& title, const Styles& inits,
                  const std::vector<UnitsPoint>& points) {
  std::vector<std::string> panels;
  std::map<std::string, std::map<std::pair<std::string, std::size_t>, std::vector<double>>> groups;
  for (const UnitsPoint& point : points) {
    if (!groups.contains(point.panel)) panels.push_back(point.panel);
    groups[point.panel][{point.init, point.step}].push_back(point.share);
  }
  Json chart = parse_json(R"({
    "width": 500,
    "height": 220,
    "mark": {"type": "line", "point": true},
    "encoding": {
      "x": {"field": "step", "type": "quantitative",
            "axis": {"title": "training step", "grid": false}},
      "y": {"field": "share", "type": "quantitative", "scale": {"domain": [0, 1]}}
    }
  })");
  Json& encoding = chart["encoding"];
  encoding["y"]["axis"] = percent_axis("different units (%)");
  encoding["color"] = init_channel(inits, &Style::color);
  encoding["shape"] = init_channel(inits, &Style::shape);
  Json rows = Json::array();
  for (const std::string& panel : panels) {
    std::map<std::string, std::size_t> most;  // runs of an init that were looked into at a step
    for (const auto& [at, shares] : groups[panel])
      most[at.first] = std::max(most[at.first], shares.size());
    Json values = Json::array();
    for (auto& [at, shares] : groups[panel])
      if (2 * shares.size() >= most[at.first])  // else where one of several diverged
        values.push_back({{"init", at.first}, {"step", at.second}, {"share", median(shares)}});
    Json row = chart;
    row["title"] = panel;
    row["data"]["values"] = std::move(values);
    rows.push_back(std::move(row));
  }
  return figure(title, "of the hidden layers, medians over the seeds", "vconcat", rows);
}

}  // namespace fanin
