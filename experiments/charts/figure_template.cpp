#include "experiments/charts/figure_template.hpp"

#include <fmt/format.h>

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

// The pieces of a template, which are no part of its Vega-Lite.
Json take_pieces(Json& from) {
  Json pieces = from.value("pieces", Json::object());
  from.erase("pieces");
  return pieces;
}

}  // namespace

FigureTemplate::FigureTemplate(const std::string& name, const Sweep& sweep, const Styles& inits)
    : title_(sweep_title(sweep)), chart_(read_template(name)), frame_(read_template("frame")) {
  pieces_ = take_pieces(frame_);
  pieces_.update(take_pieces(chart_));
  for (const char* list : {"inits", "colors", "shapes"}) inits_[list] = Json::array();
  for (const Style& style : inits) {
    inits_["inits"].push_back(style.init);
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
  std::string result;
  std::size_t at = 0;
  for (std::size_t open; (open = text.find("{{", at)) != std::string::npos;) {
    const std::size_t close = text.find("}}", open);
    const Json put = value(text.substr(open + 2, close - open - 2));
    if (open == 0 && close + 2 == text.size()) return put;
    result += text.substr(at, open - at);
    result += put.is_string() ? put.get<std::string>() : dump_json(put);
    at = close + 2;
  }
  return result + text.substr(at);
}

Json titled(Json chart, const std::string& title) {
  if (!title.empty())
    chart["title"] = {{"text", title}, {"fontSize", 12}, {"fontWeight", "normal"}, {"offset", 6}};
  return chart;
}

}  // namespace fanin
