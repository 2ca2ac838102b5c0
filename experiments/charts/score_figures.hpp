// The figures of what evaluations found, under way and at the end.
#pragma once

#include "experiments/charts/figure.hpp"

namespace fanin {

// Test loss beside test accuracy, the medians within a band between the quartiles. PyTorch's curves
// of some of the runs, from its table, are dashed; "": no table.
nlohmann::json convergence_figure(const Results& results, const Styles& inits,
                                  const std::filesystem::path& pytorch);

// A row per panel: a line of dots for each init, one for each seed, and a tick at their median.
// Null if no run has ended, but for those that failed.
nlohmann::json seeds_figure(const Results& results, const Styles& inits);

// Median accuracies as heat maps over two of the sweep's axes, a map for each init, or over one and
// its inits or the one option in which its inits differ: 3 by 2 places or more, numbers along one
// side. A map whose y axis is the depth also shows to which depth theory lets signals reach. Null
// too for any other sweep.
nlohmann::json phases_figure(const Results& results, const Styles& inits);

}  // namespace fanin
