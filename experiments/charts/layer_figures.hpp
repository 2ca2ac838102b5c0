// The figures of looks into the layers with weights. They are null if no run has a look.
#pragma once

#include "experiments/charts/figure.hpp"

namespace fanin {

// A row per panel: the std of the layers' outputs beside that of the gradients, before training, as
// medians over the seeds, with theory dashed. Panels with equal layers share a row.
nlohmann::json layers_figure(const Results& results, const Styles& inits);

// The share of distinct units in the hidden layers, for inits under which most units start equal.
// Null without any.
nlohmann::json units_figure(const Results& results, const Styles& inits);

// A row per panel and init: outputs beside gradients of at most ten layers, in at most three looks
// of its first run. Null also if there are too many to read.
nlohmann::json histograms_figure(const Results& results, const Styles& inits);

}  // namespace fanin
