// The figures over training steps: a row per panel, medians over the seeds.
#pragma once

#include "experiments/charts/figure.hpp"

namespace fanin {

// Test loss beside test accuracy, the medians within a band between the quartiles. PyTorch's curves
// of some of the runs, from its table, are dashed; "": no table.
nlohmann::json convergence_figure(const Results& results, const Styles& inits,
                                  const std::filesystem::path& pytorch);

// How many different units the hidden layers have, by their number. Null if most units of all runs
// start with weights of their own.
nlohmann::json units_figure(const Results& results, const Styles& inits);

}  // namespace fanin
