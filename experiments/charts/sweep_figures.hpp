// The figures of a sweep, from what its logs say.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "experiments/charts/figure_style.hpp"
#include "experiments/report/outcomes.hpp"
#include "experiments/report/records.hpp"

namespace fanin {

struct SweepFigure {
  std::string name;  // of its file in figures/
  nlohmann::json spec;
};

std::vector<std::string> inits_of(const Sweep& sweep);  // each once, in the sweep's order

// Those that the records have something for: convergence, seeds, units, layers, phases, histograms.
// The styles are those of all inits that the reader sees together, of the sweep's at least.
// Beyond most_histograms layers by looks no one reads them. Throws Error for a bad table of
// PyTorch's curves.
constexpr std::size_t most_histograms = 2000;
std::vector<SweepFigure> sweep_figures(const Sweep& sweep, const Records& records,
                                       const Styles& styles);

}  // namespace fanin
