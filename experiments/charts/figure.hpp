// The figures of a sweep. A figure fills templates/NAME.vl.json and the common frame,
// templates/frame.vl.json. In both, "{{name}}" stands for a value or for one of the file's
// "pieces". One spec serves the page and, through Node, the SVG file.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "experiments/report/results.hpp"

namespace fanin {

// How an init looks, the same in all figures.
struct Style {
  std::string name, color, dark, shape;  // the init's name; its colours on white and dark paper
};
using Styles = std::vector<Style>;

const Styles& palette();  // the schemes with a look of their own

// The styles of these inits, each once: call it once for all that is seen together. The first init
// of a scheme, with or without options, takes the scheme's style. The others take free ones.
Styles styles_of(const std::vector<std::string>& names);

// The styles of some of the inits, in the order of their names. All must be there.
Styles styles_among(const Styles& all, const std::vector<std::string>& names);

class FigureTemplate {
 public:
  // Every chart shows all inits in this order, with values or not. Throws Error for a missing file.
  FigureTemplate(const std::string& name, const Sweep& sweep, const Styles& inits);

  nlohmann::json chart(const nlohmann::json& values) const;
  // The whole figure: the charts below each other.
  nlohmann::json figure(const std::string& subtitle, nlohmann::json charts) const;

 private:
  nlohmann::json filled(const nlohmann::json& part, const nlohmann::json& values) const;

  std::string title_;
  nlohmann::json chart_, frame_, inits_, pieces_;
};

// Replaces each {{name}} of a text by its value. Leaves a {{name}} in a value as it is.
std::string filled_text(const std::string& text,
                        const std::function<std::string(const std::string& name)>& value);

// Adds a title, unless it is "", to a chart or a row of charts.
nlohmann::json titled(nlohmann::json chart, const std::string& title);

// The runs that share the values of the sweep's axes: "depth=10", or "" without axes.
struct Panel {
  std::string name;
  std::vector<std::pair<const Run&, const RunRecord&>> runs;
};

// All runs with a record, ended or not, in the sweep's order, without those of other roundings.
std::vector<Panel> panels_of(const Results& results);

// The values of a panel's seeds by init, place (a step or a layer) and field.
using Fields = std::map<std::string, std::vector<double>>;
using Seeds = std::map<std::string, std::map<std::size_t, Fields>>;

// Drops places that fewer than half of an init's runs reached, as a median there would mislead.
void keep_common(Seeds& seeds);

// A row per init and place: the median of each field.
nlohmann::json median_rows(const Seeds& seeds, const std::string& place_name);

struct SweepFigure {
  std::string name;  // of its file in figures/
  nlohmann::json spec;
};

std::vector<std::string> figure_names();                // of all possible figures
std::vector<std::string> inits_of(const Sweep& sweep);  // each once, in the sweep's order

// The figures that the results have data for. Throws Error for a bad table of PyTorch's curves.
std::vector<SweepFigure> sweep_figures(const Results& results, const Styles& inits);

}  // namespace fanin
