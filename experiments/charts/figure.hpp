// The figures of a sweep, and what they are made of: how inits look, a template of Vega-Lite,
// panels of runs, and medians. One spec serves the report's page and, through Node, the SVG file.
//
// A figure is templates/NAME.vl.json in the frame of all, templates/frame.vl.json. In both a string
// "{{name}}" stands for a value or for one of the file's "pieces"; inside of other text, for its
// text.
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
  std::string name, color, dark, shape;  // the init's; the colours on white, and on dark paper
};
using Styles = std::vector<Style>;

const Styles& palette();  // of the schemes that have a look of their own

// The styles of these inits, each once, in the order in which they came first: once for all that is
// seen together. A name may carry options ("normal:std=0.1"); the first of a kind takes the kind's
// style, others one that is free.
Styles styles_of(const std::vector<std::string>& names);

// Those of some of the inits, in the order of the names; each must be there, and have one name.
Styles styles_among(const Styles& all, const std::vector<std::string>& names);

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

// A text with the value of each {{name}}, in one pass: it does not look at values again.
std::string filled_text(const std::string& text,
                        const std::function<std::string(const std::string& name)>& value);

// A chart, or a row of them, under a title, unless it is "".
nlohmann::json titled(nlohmann::json chart, const std::string& title);

// The runs of one place on the sweep's axes, "depth=10"; "" in a sweep without axes.
struct Panel {
  std::string name;
  std::vector<std::pair<const Run&, const RunRecord&>> runs;
};

// Of all runs that have a record, whether or not they have ended, in the sweep's order.
std::vector<Panel> panels_of(const Results& results);

// What the seeds of a panel gave, by init, place (a step or a layer) and field.
using Fields = std::map<std::string, std::vector<double>>;
using Seeds = std::map<std::string, std::map<std::size_t, Fields>>;

// Leaves out the places that fewer than half of an init's runs came to: the step at which one of
// several diverged is no place for a median.
void keep_common(Seeds& seeds);

// A row per init and place: the median of each field.
nlohmann::json median_rows(const Seeds& seeds, const std::string& place_name);

struct SweepFigure {
  std::string name;  // of its file in figures/
  nlohmann::json spec;
};

std::vector<std::string> figure_names();                // of all that a sweep may have
std::vector<std::string> inits_of(const Sweep& sweep);  // each once, in the sweep's order

// Those that the results have something for, in the styles of the sweep's inits, one each. Throws
// Error for a bad table of PyTorch's curves.
std::vector<SweepFigure> sweep_figures(const Results& results, const Styles& inits);

}  // namespace fanin
