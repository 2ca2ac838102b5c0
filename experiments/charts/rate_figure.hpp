// The figure of a tuning.
#pragma once

#include "experiments/charts/figure.hpp"

namespace fanin {

// A row per panel: for each init the mean accuracy on held-out images over the learning rate, in a
// band between the quartiles, with a mark at the rate that was chosen. Null without a tuning.
nlohmann::json rates_figure(const Results& results, const Styles& inits);

}  // namespace fanin
