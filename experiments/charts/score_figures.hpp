// The figures of evaluations, during training and at the end.
#pragma once

#include "experiments/charts/figure.hpp"

namespace fanin {

// Test loss beside test accuracy: medians in a band between the quartiles. PyTorch's curves for
// some runs, from a table, are dashed; "": no table.
nlohmann::json convergence_figure(const Results& results, const Styles& inits,
                                  const std::filesystem::path& pytorch);

// A row per panel: for each init a line with a dot per seed and a tick at their mean. Null if no
// run has ended without failing.
nlohmann::json seeds_figure(const Results& results, const Styles& inits);

// Heat maps of median accuracies: over two axes, or over one axis and the inits or the one option
// in which they differ. A map with the depth on its y axis shows how deep theory lets signals
// reach. Null for other sweeps, for fewer than 3 by 2 places, and without a side of numbers.
nlohmann::json phases_figure(const Results& results, const Styles& inits);

}  // namespace fanin
