#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include "experiments/report/figure_style.hpp"
#include "experiments/report/figures.hpp"
#include "experiments/report/statistics.hpp"

// The figures of layers and of grids.
namespace fanin {
namespace {

using Json = nlohmann::json;

constexpr double smallest = 1e-12;  // what a logarithmic axis shows; less is drawn there

double shown(double value) { return std::max(value, smallest); }

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
        if (std::isfinite(point->*field)) values.push_back(shown(point->*field));
      if (!values.empty()) row[name] = median(std::move(values));
    };
    add("std", &LayerPoint::std);
    add("expected", &LayerPoint::expected_std);
    add("gradient", &LayerPoint::gradient_std);
    rows.push_back(std::move(row));
  }
  return rows;
}

Json layer_chart(const char* field, const char* what, const std::vector<Style>& inits,
                 const Json& ticks) {
  const auto y = [&](const char* name) {
    return Json{{"field", name},
                {"type", "quantitative"},
                {"scale", {{"type", "log"}}},
                {"axis", {{"title", what}, {"format", "~e"}, {"tickCount", 6}}}};
  };
  Json layers = Json::array();
  layers.push_back(
      {{"mark", {{"type", "line"}, {"point", true}}}, {"encoding", {{"y", y(field)}}}});
  if (std::string(field) == "std")
    layers.push_back({{"mark", {{"type", "line"}, {"strokeDash", {4, 3}}, {"opacity", 0.7}}},
                      {"encoding", {{"y", y("expected")}}}});
  return {{"width", 290},
          {"height", 200},
          {"encoding",
           {{"x",
             {{"field", "layer"},
              {"type", "quantitative"},
              {"axis",
               {{"title", "layer with weights"},
                {"values", ticks},
                {"format", "d"},
                {"grid", false}}}}},
            {"color", init_channel(inits, &Style::color)}}},
          {"layer", layers}};
}

}  // namespace

Json layers_figure(const std::string& title, const std::vector<LayerPoint>& points) {
  std::vector<std::string> names, panels;
  for (const LayerPoint& point : points) {
    names.push_back(point.init);
    if (std::ranges::find(panels, point.panel) == panels.end()) panels.push_back(point.panel);
  }
  const std::vector<Style> inits = styles_of(names);
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
                 {layer_chart("std", "std of outputs", inits, ticks),
                  layer_chart("gradient", "std of gradients", inits, ticks)}}};
    if (shown.size() > 1)
      row["title"] = {{"text", names_of.front() + (names_of.size() > 1 ? " and others" : "")},
                      {"fontSize", 12},
                      {"fontWeight", "normal"},
                      {"offset", 6}};
    rows.push_back(std::move(row));
  }
  const bool theory = std::ranges::any_of(
      points, [](const LayerPoint& point) { return std::isfinite(point.expected_std); });
  return figure(title,
                std::string("before training, medians over the seeds") +
                    (theory ? "; dashed: mean-field theory" : ""),
                "vconcat", rows);
}

Json units_figure(const std::string& title, const std::vector<UnitsPoint>& points) {
  std::vector<std::string> names, panels;
  std::map<std::string, std::map<std::pair<std::string, std::size_t>, std::vector<double>>> groups;
  for (const UnitsPoint& point : points) {
    names.push_back(point.init);
    if (!groups.contains(point.panel)) panels.push_back(point.panel);
    groups[point.panel][{point.init, point.step}].push_back(point.share);
  }
  const std::vector<Style> inits = styles_of(names);
  Json rows = Json::array();
  for (const std::string& panel : panels) {
    std::map<std::string, std::size_t> most;  // runs of an init that were looked into at a step
    for (const auto& [at, shares] : groups[panel])
      most[at.first] = std::max(most[at.first], shares.size());
    Json values = Json::array();
    for (auto& [at, shares] : groups[panel])
      if (2 * shares.size() >= most[at.first])  // else where one of several diverged
        values.push_back({{"init", at.first}, {"step", at.second}, {"share", median(shares)}});
    rows.push_back(
        {{"width", 500},
         {"height", 220},
         {"title", panel},
         {"data", {{"values", values}}},
         {"mark", {{"type", "line"}, {"point", true}}},
         {"encoding",
          {{"x",
            {{"field", "step"},
             {"type", "quantitative"},
             {"axis", {{"title", "training step"}, {"grid", false}}}}},
           {"y",
            {{"field", "share"},
             {"type", "quantitative"},
             {"scale", {{"domain", {0, 1}}}},
             {"axis",
              {{"title", "different units (%)"}, {"labelExpr", "round(100 * datum.value)"}}}}},
           {"color", init_channel(inits, &Style::color)},
           {"shape", init_channel(inits, &Style::shape)}}}});
  }
  return figure(title, "of the hidden layers, medians over the seeds; equal units stay equal",
                "vconcat", rows);
}

Json heat_map(const std::string& title, const std::string& setting,
              const std::vector<GridCell>& cells) {
  Json values = Json::array();
  double deepest = 1, shallowest = std::numeric_limits<double>::infinity();
  for (const GridCell& cell : cells) {
    deepest = std::max(deepest, cell.depth), shallowest = std::min(shallowest, cell.depth);
    values.push_back(
        {{"setting", cell.setting}, {"depth", cell.depth}, {"accuracy", 100 * cell.accuracy}});
    if (!std::isnan(cell.reach)) values.back()["reach"] = cell.reach;
  }
  const Json x = {{"field", "setting"}, {"type", "ordinal"}, {"title", setting}};
  constexpr double margin = 1.3;  // beyond the cells; the line leaves the frame where it is higher
  const Json depths = {shallowest / margin, deepest * margin};
  const auto y = [&](const char* field) {
    return Json{{"field", field},
                {"type", "quantitative"},
                {"title", "depth (layers)"},
                {"scale", {{"type", "log"}, {"base", 2}, {"domain", depths}, {"nice", false}}}};
  };
  const Json squares = {
      {"mark",
       {{"type", "point"}, {"shape", "square"}, {"filled", true}, {"opacity", 1}, {"size", 900}}},
      {"encoding",
       {{"x", x},
        {"y", y("depth")},
        {"color",
         {{"field", "accuracy"},
          {"type", "quantitative"},
          {"title", "accuracy %"},
          {"scale", {{"scheme", "viridis"}, {"domain", {0, 100}}}}}}}}};
  const Json line = {{"mark",
                      {{"type", "line"},
                       {"clip", true},
                       {"color", "#d55e00"},
                       {"strokeDash", {6, 4}},
                       {"strokeWidth", 3}}},
                     {"encoding", {{"x", x}, {"y", y("reach")}}}};
  Json chart = {
      {"width", 420}, {"height", 320}, {"data", {{"values", values}}}, {"layer", {squares, line}}};
  return figure(title,
                "median accuracy at the end; dashed: 6 xi, how deep theory lets signals reach",
                "vconcat", Json::array({chart}));
}

}  // namespace fanin
