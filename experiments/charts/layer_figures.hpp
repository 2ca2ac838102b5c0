// The figures of what looks into the layers with weights found. Null if no run was looked into.
#pragma once

#include "experiments/charts/figure.hpp"

namespace fanin {

// A row per panel, the std of the layers' outputs before training beside that of the gradients
// there, over the layers: medians over the seeds, and theory's word as a dashed line. Panels whose
// layers are all alike (those of different learning rates, say) share a row.
nlohmann::json layers_figure(const Results& results, const Styles& inits);

// How many different units the hidden layers have, by their number. Null if most units of all runs
// start with weights of their own.
nlohmann::json units_figure(const Results& results, const Styles& inits);

// A row per panel and init: the first, a middle and the last look of its first run, at ten layers
// or fewer, their outputs beside the gradients there, each layer's numbers in units of its largest,
// the shares of a layer's bins as shades. Null too if there are so many that no one reads them.
nlohmann::json histograms_figure(const Results& results, const Styles& inits);

}  // namespace fanin
