#include "experiments/charts/layer_figures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <utility>

namespace fanin {
namespace {

using Json = nlohmann::json;

// Whole numbers up to the last layer, at most ten or so.
Json layer_ticks(std::size_t last) {
  Json ticks = Json::array({1});
  const std::size_t apart = (last + 9) / 10;
  for (std::size_t tick = apart; tick <= last; tick += apart)
    if (tick > 1) ticks.push_back(tick);
  return ticks;
}

// A row per init and layer.
Json layer_rows(const Panel& panel) {
  Seeds seeds;
  for (const auto& [run, record] : panel.runs) {
    if (record.layers.empty()) continue;
    std::size_t place = 0;
    for (const LayerSignal& layer : record.layers.front().layers) {
      if (!layer.weighted) continue;
      Fields& fields = seeds[run.init][++place];
      const auto add = [&fields](const char* field, double value) {
        if (std::isfinite(value)) fields[field].push_back(value);
      };
      add("std", layer.std);
      add("expected", layer.expected_std.value_or(NAN));
      add("gradient", layer.gradient_std);
    }
  }
  return median_rows(seeds, "layer");
}

// Adds the logarithmic axis of some fields: whole decades around the numbers, and a foot below them
// for 0 and tiny numbers.
void add_axis(Json& values, const std::string& axis, const std::vector<std::string>& fields) {
  constexpr double lowest = 1e-20;  // smaller numbers go to the foot
  double low = INFINITY, high = 0;
  bool below = false, tiny = false;
  for (const Json& row : values["rows"]) {
    for (const std::string& field : fields) {
      const double value = row.value(field, double{NAN});
      below = below || value < lowest;
      tiny = tiny || (value > 0 && value < lowest);
      if (!(value >= lowest)) continue;
      low = std::min(low, value);
      high = std::max(high, value);
    }
  }
  const int first = high > 0 ? static_cast<int>(std::floor(std::log10(low))) : -1;
  const int last =
      high > 0 ? std::max(first + 1, static_cast<int>(std::ceil(std::log10(high)))) : 0;
  const int apart = (last - first) / 6 + 1;
  const double bottom = std::pow(10, first);
  const double foot = below ? std::pow(10, first - apart) : bottom;
  Json ticks = Json::array();
  if (foot < bottom) ticks.push_back(foot);
  for (int decade = first; decade <= last; decade += apart) ticks.push_back(std::pow(10, decade));
  values[axis + "_domain"] = {foot, std::pow(10, last)};
  values[axis + "_ticks"] = ticks;
  values[axis + "_foot"] = foot;
  values[axis + "_foot_label"] = tiny ? "less" : "0";
  values[axis + "_half"] = bottom / 2;
}

// The last layer of a panel for which theory predicts a spread (0: none), and its last layer.
using Reach = std::pair<std::size_t, std::size_t>;

Reach reach_of(const Json& rows) {
  Reach reach;
  for (const Json& row : rows) {
    const std::size_t place = row["layer"];
    reach.second = std::max(reach.second, place);
    if (row.contains("expected")) reach.first = std::max(reach.first, place);
  }
  return reach;
}

// Whether an init has just one prediction, which needs a point as it makes no line.
bool has_lone_prediction(const Json& rows) {
  std::map<std::string, std::size_t> layers;
  for (const Json& row : rows)
    if (row.contains("expected")) ++layers[row["init"]];
  return std::ranges::any_of(layers, [](const auto& init) { return init.second == 1; });
}

// Says how far theory reaches in the panels, or "" if it predicts nothing.
std::string theory_words(const std::set<Reach>& panels, bool lone) {
  const auto all = [](const Reach& reach) { return reach.first == reach.second; };
  if (panels.rbegin()->first == 0) return "";
  const std::string words = fmt::format("; {}: mean-field prediction for the outputs",
                                        lone ? "dashed or hollow" : "dashed");
  if (std::ranges::all_of(panels, all)) return words;
  if (panels.size() > 1) return words + ", in some charts not up to the last layer";
  const auto [reach, last] = *panels.begin();
  return words + fmt::format(", up to layer {} of {}", reach, last);
}

// At most `most` of the places 0 to count - 1, evenly spaced and with both ends.
std::vector<std::size_t> spread_out(std::size_t count, std::size_t most) {
  std::vector<std::size_t> places;
  const std::size_t n = std::min(count, most);
  for (std::size_t i = 0; i < n; ++i) places.push_back(n > 1 ? i * (count - 1) / (n - 1) : 0);
  return places;
}

// Adds a layer's row, unless its histogram is empty. The template flattens "share" into bins.
void add_histogram(Json& rows, const std::string& layer, const Histogram& histogram) {
  const auto& [low, high, counts] = histogram;
  if (counts.empty()) return;
  const auto all = static_cast<double>(std::reduce(counts.begin(), counts.end()));
  Json shares = Json::array();
  for (const std::size_t count : counts)
    shares.push_back(std::round(1e4 * static_cast<double>(count) / std::max(all, 1.)) / 1e4);
  rows.push_back({{"layer", layer}, {"low", low}, {"high", high}, {"share", std::move(shares)}});
}

// Adds the two charts of a look, with the layers from the input down. Returns their number.
std::size_t add_look(Json& charts, const FigureTemplate& shell, const LayerSignals& look) {
  std::vector<const LayerSignal*> weighted;
  for (const LayerSignal& layer : look.layers)
    if (layer.weighted) weighted.push_back(&layer);
  Json layers = Json::array(), outputs = Json::array(), gradients = Json::array();
  for (const std::size_t at : spread_out(weighted.size(), 10)) {
    const LayerSignal& layer = *weighted[at];
    const std::string name = layer_name(at + 1, layer.path);
    layers.push_back(name);
    add_histogram(outputs, name, layer.outputs);
    add_histogram(gradients, name, layer.gradients);
  }
  if (layers.empty()) return 0;
  for (const auto& [rows, what] : {std::pair(&outputs, "outputs"), {&gradients, "gradients"}})
    charts.push_back(titled(shell.chart({{"layers", layers}, {"rows", *rows}}),
                            fmt::format("{}, step {}", what, look.step)));
  return layers.size();
}

}  // namespace

Json layers_figure(const Results& results, const Styles& inits) {
  const FigureTemplate shell("layers", results.sweep, inits);
  std::vector<std::pair<Json, std::string>> shown;  // rows, and the title of the panels with them
  std::set<Reach> reaches;
  std::size_t last = 1;
  for (const Panel& panel : panels_of(results)) {
    Json rows = layer_rows(panel);
    if (rows.empty()) continue;
    last = std::max(last, reaches.insert(reach_of(rows)).first->second);
    const auto same = std::ranges::find(shown, rows, &std::pair<Json, std::string>::first);
    if (same == shown.end())
      shown.emplace_back(std::move(rows), panel.name);
    else if (!same->second.ends_with(" and others"))
      same->second += " and others";
  }
  if (shown.empty()) return nullptr;
  bool any_lone = false;
  Json charts = Json::array();
  for (const auto& [rows, title] : shown) {
    Json values = {{"rows", rows}, {"layer_ticks", layer_ticks(last)}};
    add_axis(values, "std", {"std", "expected"});
    add_axis(values, "gradient", {"gradient"});
    Json chart = shell.chart(values);
    if (has_lone_prediction(rows)) {
      any_lone = true;
    } else {
      Json& theory = chart["hconcat"][0]["layer"][1];
      theory["mark"].erase("point");
      theory["encoding"].erase("shape");
    }
    charts.push_back(titled(std::move(chart), shown.size() > 1 ? title : ""));
  }
  return shell.figure("before training, medians over the seeds" + theory_words(reaches, any_lone),
                      std::move(charts));
}

Json units_figure(const Results& results, const Styles& inits) {
  const FigureTemplate shell("units", results.sweep, inits);
  Json charts = Json::array();
  for (const Panel& panel : panels_of(results)) {
    Seeds shares;
    std::set<std::string> equal;  // inits under which most units start equal
    for (const auto& [run, record] : panel.runs) {
      for (const LayerSignals& look : record.layers) {
        const std::optional<double> share = distinct_share(look);
        if (!share) continue;
        if (look.step == 0 && *share < 0.5) equal.insert(run.init);
        shares[run.init][look.step]["share"].push_back(*share);
      }
    }
    std::erase_if(shares, [&equal](const auto& init) { return !equal.contains(init.first); });
    if (shares.empty()) continue;
    keep_common(shares);
    charts.push_back(shell.chart({{"panel", panel.name}, {"rows", median_rows(shares, "step")}}));
  }
  if (charts.empty()) return nullptr;
  return shell.figure(
      "share of distinct units in the hidden layers, medians over the seeds; shown for inits whose "
      "units start equal",
      std::move(charts));
}

Json histograms_figure(const Results& results, const Styles& inits) {
  constexpr std::size_t most = 2000;  // layers by looks
  const FigureTemplate shell("histograms", results.sweep, inits);
  std::size_t layers = 0;
  std::string subtitle;
  Json rows = Json::array();
  for (const Panel& panel : panels_of(results)) {
    std::set<std::string> seen;
    for (const auto& [run, record] : panel.runs) {
      if (record.layers.empty() || !seen.insert(run.init).second) continue;
      Json charts = Json::array();
      for (const std::size_t at : spread_out(record.layers.size(), 3))
        layers += add_look(charts, shell, record.layers[at]);
      if (layers > most) return nullptr;
      if (charts.empty()) continue;
      if (rows.empty())
        subtitle = fmt::format(
            "seed {}: distribution of each layer's values; darker means more values", run.seed);
      rows.push_back(titled({{"hconcat", std::move(charts)}},
                            run.init + (panel.name.empty() ? "" : ", " + panel.name)));
    }
  }
  if (rows.empty()) return nullptr;
  return shell.figure(subtitle, std::move(rows));
}

}  // namespace fanin
