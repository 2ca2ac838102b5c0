#include "experiments/report/figure_style.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "experiments/report/statistics.hpp"

namespace fanin {
namespace {

using Json = nlohmann::json;

// How an init looks, the same in every figure. For a colour-blind eye too, any two of the colours
// stay 16 CIELAB units apart or more.
const Style styles[] = {
    {"zero", "#000000", "circle"},
    {"constant", "#8c6d31", "square"},
    {"normal", "#e0a800", "diamond"},
    {"xavier_uniform", "#56b4e9", "triangle-up"},
    {"xavier_normal", "#0072b2", "triangle-down"},
    {"kaiming_uniform", "#7a2000", "triangle-right"},
    {"kaiming_normal", "#d55e00", "square"},
    {"default", "#009e73", "diamond"},
    {"orthogonal", "#cc79a7", "circle"},
    {"lecun_normal", "#661166", "triangle-up"},
    {"lsuv", "#6611cc", "cross"},
    {"keras", "#88aa44", "triangle-down"},
    {"flax", "#8866ee", "triangle-left"},
    {"tutorial", "#777777", "cross"},
    {"analytic", "#1111ee", "square"},
    {"mean_field", "#114411", "circle"},
    {"critical", "#ff66cc", "triangle-up"},
    {"zero_o", "#00aaaa", "diamond"},
    {"delta_orthogonal", "#aa0033", "triangle-down"},
    {"irnn", "#99cc00", "triangle-right"},
    {"lstm_xavier", "#335577", "triangle-left"},
    {"lstm_orthogonal", "#b0b0ff", "square"},
};

Json config() {
  return Json::parse(R"({
    "font": "system-ui, 'Segoe UI', Helvetica, Arial, sans-serif",
    "view": {"stroke": null},
    "title": {"anchor": "start", "fontSize": 15, "offset": 12,
              "subtitleFontSize": 12, "subtitleColor": "#666", "subtitlePadding": 4},
    "axis": {"domain": false, "ticks": false, "gridColor": "#e6e6e6",
             "labelColor": "#555", "labelFontSize": 11, "labelPadding": 6,
             "titleColor": "#333", "titleFontSize": 12, "titleFontWeight": "normal",
             "titlePadding": 9},
    "legend": {"labelFontSize": 12, "labelLimit": 260, "symbolSize": 90, "rowPadding": 4,
               "offset": 20}
  })");
}

}  // namespace

std::vector<Style> styles_of(const std::vector<std::string>& names) {
  std::vector<Style> result;
  for (const std::string& name : names)
    if (std::ranges::find(result, name, &Style::init) == result.end())
      result.push_back({name, "", ""});
  std::vector<const Style*> free;
  for (const Style& style : styles) {
    const auto kind = [](const Style& init) { return init.init.substr(0, init.init.find(':')); };
    const auto first = std::ranges::find(result, style.init, kind);
    if (first == result.end())
      free.push_back(&style);
    else
      first->color = style.color, first->shape = style.shape;
  }
  if (free.empty())
    for (const Style& style : styles) free.push_back(&style);
  std::size_t taken = 0;
  for (Style& init : result) {
    if (!init.color.empty()) continue;
    const Style& style = *free[free.size() - 1 - taken++ % free.size()];
    init.color = style.color, init.shape = style.shape;
  }
  return result;
}

Json init_channel(const std::vector<Style>& inits, std::string Style::*look) {
  Json names = Json::array(), range = Json::array();
  for (const Style& style : inits) {
    names.push_back(style.init);
    range.push_back(style.*look);
  }
  return {{"field", "init"},
          {"type", "nominal"},
          {"scale", {{"domain", names}, {"range", range}}},
          {"legend", {{"title", nullptr}, {"symbolOpacity", 1}}}};
}

void add_quartiles(Json& row, const std::string& name, std::vector<double> values) {
  constexpr double off = 1e300;  // for infinity, which JSON has not
  for (double& value : values)
    if (!std::isfinite(value)) value = off;
  if (values.empty()) return;
  const Quartiles at = quartiles(std::move(values));
  if (at.median > off / 1000) return;  // or between it and a number
  row[name] = at.median;
  row[name + "_low"] = at.low;
  row[name + "_high"] = at.high;
}

Json figure(const std::string& title, const std::string& subtitle, const char* key, Json charts) {
  return {{"$schema", "https://vega.github.io/schema/vega-lite/v5.json"},
          {"title", {{"text", title}, {"subtitle", subtitle}}},
          {"background", "white"},
          {key, std::move(charts)},
          {"config", config()}};
}

}  // namespace fanin
