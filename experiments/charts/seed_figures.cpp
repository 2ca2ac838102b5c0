#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

#include "experiments/charts/figure_style.hpp"
#include "experiments/charts/figures.hpp"
#include "experiments/record/json_text.hpp"
#include "experiments/report/statistics.hpp"

// The figures in which single runs are seen.
namespace fanin {
namespace {

using Json = nlohmann::json;

template <class Point>
std::vector<std::string> panels_of(const std::vector<Point>& points) {
  std::vector<std::string> panels;
  for (const Point& point : points)
    if (std::ranges::find(panels, point.panel) == panels.end()) panels.push_back(point.panel);
  return panels;
}

// Each init's median among the seeds of a panel.
Json medians(const std::vector<SeedPoint>& points, const std::string& panel, const Styles& inits) {
  Json rows = Json::array();
  for (const Style& style : inits) {
    std::vector<double> accuracies;
    for (const SeedPoint& point : points)
      if (point.init == style.init && point.panel == panel) accuracies.push_back(point.accuracy);
    if (!accuracies.empty())
      rows.push_back({{"init", style.init}, {"seed", "median"}, {"accuracy", median(accuracies)}});
  }
  return rows;
}

constexpr std::size_t most_dots = 500;  // in a row; more are a smear, and megabytes

Json seed_rows(const std::vector<SeedPoint>& points, const std::string& panel) {
  Json rows = Json::array();
  std::map<std::string, std::size_t> dots;
  for (const SeedPoint& point : points) {
    if (point.panel != panel || ++dots[point.init] > most_dots) continue;
    rows.push_back({{"init", point.init},
                    {"seed", point.seed},
                    {"accuracy", point.accuracy},
                    {"outcome", point.outcome}});
    if (std::isfinite(point.loss)) rows.back()["loss"] = point.loss;
  }
  return rows;
}

// From the lowest accuracy to the highest, a little more, and two points at least.
Json accuracy_domain(const std::vector<SeedPoint>& points) {
  const auto [low, high] = std::ranges::minmax(points, {}, &SeedPoint::accuracy);
  const double margin = std::max(0.05 * (high.accuracy - low.accuracy), 0.01);
  return {std::max(0., low.accuracy - margin), std::min(1., high.accuracy + margin)};
}

// A histogram as a row whose "share" is flattened into its bins.
Json histogram_row(const std::string& layer, const Histogram& histogram) {
  Json shares = Json::array();
  const auto all =
      static_cast<double>(std::reduce(histogram.counts.begin(), histogram.counts.end()));
  for (const std::size_t count : histogram.counts)
    shares.push_back(std::round(1e4 * static_cast<double>(count) / std::max(all, 1.)) / 1e4);
  return {{"layer", layer}, {"low", histogram.low}, {"high", histogram.high}, {"share", shares}};
}

// The shares of each layer's bins, the layers from the input down.
Json histogram_chart(const Json& rows, const Json& layers, const std::string& what) {
  Json chart = parse_json(R"json({
    "width": 190,
    "height": {"step": 14},
    "transform": [
      {"calculate": "length(datum.share)", "as": "bins"},
      {"flatten": ["share"]},
      {"window": [{"op": "row_number", "as": "bin"}], "groupby": ["layer"]},
      {"filter": "datum.share > 0"},
      {"calculate": "datum.low + (datum.bin - 1) * (datum.high - datum.low) / datum.bins",
       "as": "from"},
      {"calculate": "datum.from + (datum.high - datum.low) / datum.bins", "as": "to"},
      {"calculate": "datum.from / max(abs(datum.low), abs(datum.high), 1e-300)", "as": "left"},
      {"calculate": "datum.to / max(abs(datum.low), abs(datum.high), 1e-300)", "as": "right"}
    ],
    "mark": {"type": "rect"},
    "encoding": {
      "x": {"field": "left", "type": "quantitative",
            "scale": {"domain": [-1, 1], "nice": false},
            "axis": {"title": "value / largest", "tickCount": 3, "grid": false}},
      "x2": {"field": "right"},
      "y": {"field": "layer", "type": "nominal", "axis": {"title": null, "grid": false}},
      "color": {"field": "share", "type": "quantitative",
                "scale": {"scheme": "blues", "type": "sqrt", "domain": [0, 1]}, "legend": null}
    }
  })json");
  chart["title"] = small_title(what);
  chart["data"]["values"] = rows;
  chart["encoding"]["y"]["scale"]["domain"] = layers;
  return chart;
}

}  // namespace

Json seeds_figure(const std::string& title, const Styles& inits,
                  const std::vector<SeedPoint>& points) {
  Json order = Json::array();
  for (const Style& style : inits) order.push_back(style.init);
  Json chart = parse_json(R"({
    "width": 500,
    "height": {"step": 22},
    "encoding": {
      "x": {"field": "accuracy", "type": "quantitative", "scale": {"nice": false}},
      "y": {"field": "init", "type": "nominal", "axis": {"title": null, "labelLimit": 280}}
    },
    "layer": [
      {"mark": {"type": "point", "filled": true, "size": 60, "opacity": 0.65}},
      {"mark": {"type": "tick", "thickness": 3, "size": 18}}
    ]
  })");
  Json& encoding = chart["encoding"];
  encoding["x"]["scale"]["domain"] = accuracy_domain(points);
  encoding["x"]["axis"] = percent_axis("final test accuracy (%)");
  encoding["y"]["scale"]["domain"] = order;
  encoding["color"] = init_channel(inits, &Style::color);
  encoding["color"]["legend"] = nullptr;
  Json rows = Json::array();
  const std::vector<std::string> panels = panels_of(points);
  for (const std::string& panel : panels) {
    Json row = chart;
    row["data"]["values"] = seed_rows(points, panel);
    row["layer"][1]["data"]["values"] = medians(points, panel, inits);
    if (!panel.empty()) row["title"] = small_title(panel);
    rows.push_back(std::move(row));
  }
  std::map<std::pair<std::string, std::string>, std::size_t> seeds;
  for (const SeedPoint& point : points) ++seeds[{point.init, point.panel}];
  const bool all = std::ranges::all_of(seeds, [](const auto& n) { return n.second <= most_dots; });
  return figure(
      title,
      all ? "a dot for each seed, a bar at the median"
          : fmt::format("a dot for each of the first {} seeds, a bar at the median of all",
                        most_dots),
      "vconcat", rows);
}

Json histograms_figure(const std::string& title, const std::vector<HistogramPoint>& points) {
  struct Look {
    std::size_t step;
    Json layers = Json::array(), outputs = Json::array(), gradients = Json::array();
  };
  struct Row {
    std::string init, panel;
    std::vector<Look> looks = {};
  };
  std::vector<Row> rows;
  for (const HistogramPoint& point : points) {
    if (rows.empty() || rows.back().init != point.init || rows.back().panel != point.panel)
      rows.push_back({point.init, point.panel});
    auto& looks = rows.back().looks;
    if (looks.empty() || looks.back().step != point.step) looks.push_back({point.step});
    looks.back().layers.push_back(point.layer);
    if (!point.outputs.counts.empty())
      looks.back().outputs.push_back(histogram_row(point.layer, point.outputs));
    if (!point.gradients.counts.empty())
      looks.back().gradients.push_back(histogram_row(point.layer, point.gradients));
  }
  Json charts = Json::array();
  for (const Row& row : rows) {
    Json views = Json::array();
    for (const Look& look : row.looks) {
      const std::string step = std::to_string(look.step);
      views.push_back(histogram_chart(look.outputs, look.layers, "outputs, step " + step));
      views.push_back(histogram_chart(look.gradients, look.layers, "gradients, step " + step));
    }
    charts.push_back(
        {{"title", small_title(row.init + (row.panel.empty() ? "" : ", " + row.panel))},
         {"hconcat", views}});
  }
  return figure(title,
                "seed " + std::to_string(points.front().seed) +
                    ": how a layer's numbers are spread, darker where more of them lie",
                "vconcat", charts);
}

}  // namespace fanin
