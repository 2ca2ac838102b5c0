// The figures of where runs ended. Null if no run has ended, but for those that failed.
#pragma once

#include "experiments/charts/figure.hpp"

namespace fanin {

// A row per panel: a line of dots for each init, one for each seed, and a tick at their median.
nlohmann::json seeds_figure(const Results& results, const Styles& inits);

// Median accuracies as heat maps over two of the sweep's axes, a map for each init, or over one and
// its inits or the one option in which its inits differ: 3 by 2 places or more, numbers along one
// side. A map whose y axis is the depth also shows to which depth theory lets signals reach. Null
// too for any other sweep.
nlohmann::json phases_figure(const Results& results, const Styles& inits);

}  // namespace fanin
