// The Vega-Lite of a figure, templates/NAME.vl.json, in the frame of all, templates/frame.vl.json.
// In both a string "{{name}}" stands for a value or for one of the file's "pieces"; inside of other
// text, for its text.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "experiments/charts/figure_style.hpp"
#include "experiments/specs/spec.hpp"

namespace fanin {

class FigureTemplate {
 public:
  // Throws Error if a file is not there. Each chart has the inits, in the order in which they are
  // shown: more than have values, if a sweep has not come to all of them.
  FigureTemplate(const std::string& name, const Sweep& sweep, const Styles& inits);

  nlohmann::json chart(const nlohmann::json& values) const;
  // The whole figure, one of the charts below the other.
  nlohmann::json figure(const std::string& subtitle, nlohmann::json charts) const;

 private:
  nlohmann::json filled(const nlohmann::json& part, const nlohmann::json& values) const;

  std::string title_;
  nlohmann::json chart_, frame_, inits_, pieces_;
};

// A chart, or a row of them, under a title, unless it is "".
nlohmann::json titled(nlohmann::json chart, const std::string& title);

}  // namespace fanin
