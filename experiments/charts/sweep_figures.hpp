// The figures of a sweep, from what its logs say: Vega-Lite specs. One spec serves the report's
// page and, through Node, the SVG file.
#pragma once

#include "experiments/charts/figure.hpp"

namespace fanin {

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
