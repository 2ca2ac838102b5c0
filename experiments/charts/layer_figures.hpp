// The figures of looks into the layers with weights. They are null if no run has a look.
#pragma once

#include "experiments/charts/figure.hpp"

namespace fanin {

// A row per panel: the std of the layers' outputs before training, beside that of the gradients,
// over the layers. Lines are medians over the seeds, and theory's prediction is dashed. Panels with
// equal layers, such as those of different learning rates, share a row.
nlohmann::json layers_figure(const Results& results, const Styles& inits);

// The share of distinct units in the hidden layers. Null if most units of every run start distinct.
nlohmann::json units_figure(const Results& results, const Styles& inits);

// A row per panel and init: the first, a middle and the last look of its first run, each at ten
// layers or fewer. The outputs stand beside the gradients, each in units of the layer's largest
// number, with the shares of its bins as shades. Null also if there are too many to read.
nlohmann::json histograms_figure(const Results& results, const Styles& inits);

}  // namespace fanin
