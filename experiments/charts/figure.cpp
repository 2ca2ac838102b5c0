#include "experiments/charts/figure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "experiments/charts/layer_figures.hpp"
#include "experiments/charts/rate_figure.hpp"
#include "experiments/charts/score_figures.hpp"
#include "experiments/record/events.hpp"
#include "experiments/report/tables.hpp"
#include "experiments/task/choose.hpp"
#include "experiments/task/models.hpp"
#include "framework/core/error.hpp"

namespace fanin {
namespace {

using Json = nlohmann::json;

// On white and on dark paper, any two colours are at least 16 CIELAB units apart, for colour-blind
// readers (protanopes and deuteranopes) too.
const Styles styles = {
    {"zero", "#000000", "#ffffff", "circle"},
    {"constant", "#806d31", "#cdb87b", "square"},
    {"normal", "#e0a800", "#e0a800", "diamond"},
    {"xavier_uniform", "#56b4e9", "#56b4e9", "triangle-up"},
    {"xavier_normal", "#0072b2", "#5aa3fc", "triangle-down"},
    {"kaiming_uniform", "#7a2000", "#9b5e48", "triangle-right"},
    {"kaiming_normal", "#d55e00", "#d55e00", "square"},
    {"default", "#009e73", "#009e73", "diamond"},
    {"orthogonal", "#cc79a7", "#cc79a7", "circle"},
    {"lecun_normal", "#52274f", "#ac3597", "triangle-up"},
    {"lsuv", "#6009d9", "#7036ff", "cross"},
    {"keras", "#91a662", "#b5e554", "triangle-down"},
    {"flax", "#8665f6", "#4955e0", "triangle-left"},
    {"tutorial", "#646567", "#636769", "cross"},
    {"analytic", "#482db3", "#6b55bf", "square"},
    {"mean_field", "#243923", "#2ead3f", "circle"},
    {"critical", "#f9889f", "#fbb7c3", "triangle-up"},
    {"zero_o", "#22cad6", "#29eaf9", "diamond"},
    {"delta_orthogonal", "#a10442", "#ff768f", "triangle-down"},
    {"irnn", "#a7c259", "#baf600", "triangle-right"},
    {"lstm_xavier", "#265680", "#4382bc", "triangle-left"},
    {"lstm_orthogonal", "#8b97ff", "#6681ff", "square"},
};

Json read_template(const std::string& name) {
  const std::string file = fmt::format("charts/templates/{}.vl.json", name);
  const auto path = find_shipped(file);
  if (path.empty()) throw Error("experiments/{} is not there", file);
  return parse_json(read_file(path));
}

// `make` returns the figure's Vega-Lite, or null if the results have no data for it.
struct Figure {
  const char* name;  // its template's too
  Json (*make)(const Results& results, const Styles& inits);
};

// In the order of the page.
constexpr std::array figure_table = {
    Figure{"rates", rates_figure},
    Figure{"phases", phases_figure},
    Figure{"convergence",
           [](const Results& results, const Styles& inits) {
             return convergence_figure(results, inits, find_shipped("peer/curves.csv"));
           }},
    Figure{"seeds", seeds_figure},
    Figure{"layers", layers_figure},
    Figure{"units", units_figure},
    Figure{"histograms", histograms_figure},
};

}  // namespace

const Styles& palette() { return styles; }

Styles styles_of(const std::vector<std::string>& names) {
  Styles result, free = styles;
  for (const std::string& name : names)
    if (std::ranges::find(result, name, &Style::name) == result.end())
      result.push_back({name, "", "", ""});
  for (Style& init : result) {
    const std::string kind = init.name.substr(0, init.name.find(':'));
    const auto own = std::ranges::find(free, kind, &Style::name);
    if (own == free.end()) continue;
    init = {init.name, own->color, own->dark, own->shape};
    free.erase(own);
  }
  if (free.empty()) free = styles;
  auto next = free.rbegin();
  for (Style& init : result) {
    if (!init.color.empty()) continue;
    init = {init.name, next->color, next->dark, next->shape};
    if (++next == free.rend()) next = free.rbegin();
  }
  return result;
}

Styles styles_among(const Styles& all, const std::vector<std::string>& names) {
  Styles result;
  for (const std::string& name : names)
    result.push_back(*std::ranges::find(all, name, &Style::name));
  return result;
}

FigureTemplate::FigureTemplate(const std::string& name, const Sweep& sweep, const Styles& inits)
    : title_(sweep_title(sweep)), chart_(read_template(name)), frame_(read_template("frame")) {
  for (Json* part : {&frame_, &chart_}) {
    pieces_.update(part->value("pieces", Json::object()));
    part->erase("pieces");
  }
  for (const char* list : {"inits", "colors", "shapes"}) inits_[list] = Json::array();
  for (const Style& style : inits) {
    inits_["inits"].push_back(style.name);
    inits_["colors"].push_back(style.color);
    inits_["shapes"].push_back(style.shape);
  }
}

Json FigureTemplate::chart(const Json& values) const { return filled(chart_, values); }

Json FigureTemplate::figure(const std::string& subtitle, Json charts) const {
  Json figure = filled(frame_, {{"title", title_}, {"subtitle", subtitle}});
  figure["vconcat"] = std::move(charts);
  return figure;
}

Json FigureTemplate::filled(const Json& part, const Json& values) const {
  if (part.is_structured()) {
    Json result = part;
    for (Json& child : result) child = filled(child, values);
    return result;
  }
  if (!part.is_string()) return part;
  // A piece is filled in turn. A value is not, as users name inits.
  const auto value = [&](const std::string& name) {
    for (const Json* given : {&values, &inits_})
      if (const auto found = given->find(name); found != given->end()) return *found;
    return filled(pieces_.at(name), values);
  };
  const std::string text = part;
  if (text.starts_with("{{") && text.find("}}") + 2 == text.size())
    return value(text.substr(2, text.size() - 4));
  return filled_text(text, [&](const std::string& name) {
    const Json put = value(name);
    return put.is_string() ? put.get<std::string>() : dump_json(put);
  });
}

std::string filled_text(const std::string& text,
                        const std::function<std::string(const std::string& name)>& value) {
  std::string result;
  std::size_t at = 0;
  for (std::size_t open; (open = text.find("{{", at)) != std::string::npos;) {
    const std::size_t close = text.find("}}", open);
    result += text.substr(at, open - at) + value(text.substr(open + 2, close - open - 2));
    at = close + 2;
  }
  return result + text.substr(at);
}

Json titled(Json chart, const std::string& title) {
  if (!title.empty())
    chart["title"] = {{"text", title}, {"fontSize", 12}, {"fontWeight", "normal"}, {"offset", 6}};
  return chart;
}

std::vector<Panel> panels_of(const Results& results) {
  std::vector<Panel> panels;
  for (std::size_t i = 0; i < results.records.size(); ++i) {
    const Run& run = results.sweep.runs[i];
    if (!results.records[i] || run.options.flip_bit > 0) continue;
    const std::string name = panel_name(run.axes);
    if (panels.empty() || panels.back().name != name) panels.push_back({name, {}});
    panels.back().runs.emplace_back(run, *results.records[i]);
  }
  return panels;
}

void keep_common(Seeds& seeds) {
  const auto runs = [](const auto& place) { return place.second.begin()->second.size(); };
  for (auto& [init, places] : seeds) {
    std::size_t most = 0;
    for (const auto& place : places) most = std::max(most, runs(place));
    std::erase_if(places, [&](const auto& place) { return 2 * runs(place) < most; });
  }
}

Json median_rows(const Seeds& seeds, const std::string& place_name) {
  Json rows = Json::array();
  for (const auto& [init, places] : seeds) {
    for (const auto& [place, fields] : places) {
      Json& row = rows.emplace_back(Json{{"init", init}, {place_name, place}});
      for (const auto& [field, values] : fields) row[field] = median(values);
    }
  }
  return rows;
}

std::vector<std::string> inits_of(const Sweep& sweep) {
  std::vector<std::string> names;
  for (const Run& run : sweep.runs)
    if (std::ranges::count(names, run.init) == 0) names.push_back(run.init);
  return names;
}

std::vector<std::string> figure_names() { return names_of(figure_table); }

std::vector<SweepFigure> sweep_figures(const Results& results, const Styles& inits) {
  std::vector<SweepFigure> figures;
  for (const Figure& figure : figure_table)
    if (Json spec = figure.make(results, inits); !spec.is_null())
      figures.push_back({figure.name, std::move(spec)});
  return figures;
}

}  // namespace fanin
