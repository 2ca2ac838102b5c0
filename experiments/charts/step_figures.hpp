// The figures over training steps: a row per panel, medians over the seeds.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>

#include "experiments/charts/figure_style.hpp"
#include "experiments/report/outcomes.hpp"
#include "experiments/report/records.hpp"

namespace fanin {

// Test loss beside test accuracy, the medians within a band between the quartiles. PyTorch's curves
// of some of the runs, from its table, are dashed; "": no table.
nlohmann::json convergence_figure(const Sweep& sweep, const Records& records, const Styles& inits,
                                  const std::filesystem::path& pytorch);

// How many different units the hidden layers have, by their number. Null if most units of all runs
// start with weights of their own.
nlohmann::json units_figure(const Sweep& sweep, const Records& records, const Styles& inits);

}  // namespace fanin
