#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "experiments/charts/figure_style.hpp"
#include "experiments/charts/grid.hpp"
#include "experiments/record/json_text.hpp"

namespace fanin {
namespace {

using Json = nlohmann::json;

constexpr std::size_t maps_in_a_row = 3;
constexpr int cell_width = 52, cell_height = 30;

bool is_scale(const std::vector<std::string>& values) {  // of numbers, which grow upwards
  return std::ranges::all_of(values, [](const auto& value) {
    return value.find_first_not_of("+-.e0123456789") > value.size();
  });
}

// How many cells above the foot the reach lies, between depths on their logarithm.
double height_of(double reach, const std::vector<std::string>& depths) {
  std::size_t above = 1;
  while (above + 1 < depths.size() && std::stod(depths[above]) < reach) ++above;
  const double from = std::log(std::stod(depths[above - 1])),
               to = std::log(std::stod(depths[above]));
  return static_cast<double>(above) - 0.5 + (std::log(reach) - from) / (to - from);
}

Json cell_rows(const Grid& grid, const std::string& init) {
  Json rows = Json::array();
  for (const GridCell& cell : grid.cells) {
    if (!init.empty() && cell.init != init) continue;
    Json row = {
        {"init", cell.init}, {grid.x, cell.x}, {grid.y, cell.y}, {"accuracy", cell.accuracy}};
    if (std::isfinite(cell.reach)) row["reach"] = cell.reach;
    rows.push_back(std::move(row));
  }
  return rows;
}

Json reach_rows(const Grid& grid) {
  std::map<std::string, double> reach;
  for (const GridCell& cell : grid.cells)
    if (std::isfinite(cell.reach)) reach[cell.x] = cell.reach;
  Json rows = Json::array();
  for (const auto& [x, to] : reach)
    rows.push_back({{grid.x, x}, {"reach", to}, {"at", height_of(to, grid.ys)}});
  return rows;
}

// The map of an init, or of all.
Json heat_map(const Grid& grid, const std::string& init) {
  Json upwards = grid.ys;
  if (is_scale(grid.ys)) std::reverse(upwards.begin(), upwards.end());
  Json map = parse_json(R"({
    "resolve": {"scale": {"y": "independent"}},
    "layer": [
      {"mark": {"type": "rect"},
       "encoding": {
         "y": {"axis": {"labelLimit": 280}},
         "color": {"field": "accuracy", "type": "quantitative",
                   "scale": {"scheme": "viridis", "domain": [0, 1]},
                   "legend": {"title": "accuracy", "format": ".0%"}}}},
      {"mark": {"type": "text", "fontSize": 11},
       "encoding": {
         "y": {"axis": null},
         "text": {"field": "accuracy", "format": ".0%"},
         "color": {"condition": {"test": "datum.accuracy > 0.6", "value": "black"},
                   "value": "white"}}},
      {"mark": {"type": "line", "clip": true, "color": "#d55e00", "strokeDash": [6, 4],
                "strokeWidth": 3, "tooltip": null},
       "encoding": {"y": {"field": "at", "type": "quantitative", "scale": {"nice": false},
                          "axis": null}}}
    ]
  })");
  map["width"] = cell_width * grid.xs.size();
  map["height"] = cell_height * grid.ys.size();
  map["data"]["values"] = cell_rows(grid, init);
  Json& layers = map["layer"];
  for (Json& layer : layers)
    layer["encoding"]["x"] = {{"field", grid.x},
                              {"type", "ordinal"},
                              {"scale", {{"domain", grid.xs}}},
                              {"axis", {{"title", grid.x}, {"labelAngle", 0}}}};
  for (const int of : {0, 1}) {
    Json& y = layers[of]["encoding"]["y"];
    y["field"] = grid.y;
    y["type"] = "ordinal";
    y["scale"]["domain"] = upwards;
  }
  layers[0]["encoding"]["y"]["axis"]["title"] = grid.y == "init" ? Json() : Json(grid.y);
  layers[2]["encoding"]["y"]["scale"]["domain"] = {0, grid.ys.size()};
  layers[2]["data"]["values"] = reach_rows(grid);
  if (layers[2]["data"]["values"].empty()) layers.erase(2);
  if (!init.empty()) map["title"] = small_title(init);
  return map;
}

}  // namespace

Json heat_maps(const std::string& title, const Grid& grid) {
  Json rows = Json::array();
  if (grid.inits.empty()) {
    rows.push_back(heat_map(grid, ""));
  } else {
    for (std::size_t i = 0; i < grid.inits.size(); ++i) {
      if (i % maps_in_a_row == 0) rows.push_back({{"hconcat", Json::array()}});
      rows.back()["hconcat"].push_back(heat_map(grid, grid.inits[i]));
    }
  }
  const bool reach = std::ranges::any_of(
      grid.cells, [](const GridCell& cell) { return std::isfinite(cell.reach); });
  return figure(title,
                std::string("median accuracy at the end") +
                    (reach ? "; dashed: 6 xi, how deep theory lets signals reach" : ""),
                "vconcat", rows);
}

}  // namespace fanin
