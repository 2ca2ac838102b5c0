// The figures of a sweep, from what its logs say.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "experiments/report/outcomes.hpp"

namespace fanin {

struct SweepFigure {
  std::string name;  // of its file in figures/
  nlohmann::json spec;
};

// Those that the records have something for: convergence, seeds, units, layers, phases, histograms.
// Beyond most_histograms layers by looks no one reads them. Throws Error for a bad table of
// PyTorch's curves.
constexpr std::size_t most_histograms = 2000;
std::vector<SweepFigure> sweep_figures(const Sweep& sweep, const Records& records);

}  // namespace fanin
