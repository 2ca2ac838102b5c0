#include "experiments/charts/figure_template.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "experiments/record/json_text.hpp"
#include "experiments/report/tables.hpp"
#include "experiments/task/shipped.hpp"
#include "framework/core/error.hpp"

namespace fanin {
namespace {

using Json = nlohmann::json;

Json read_template(const std::string& name) {
  const std::string file = fmt::format("charts/templates/{}.vl.json", name);
  const auto path = find_shipped(file);
  if (path.empty()) throw Error("experiments/{} is not there", file);
  return parse_json(read_file(path));
}

}  // namespace

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
  // Values are not looked at again, as users name inits; pieces are.
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
    if (!results.records[i]) continue;
    const Run& run = results.sweep.runs[i];
    const std::string name = panel_name(run.axes);
    if (panels.empty() || panels.back().name != name) panels.push_back({name, {}});
    panels.back().runs.push_back({run, *results.records[i]});
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

}  // namespace fanin
