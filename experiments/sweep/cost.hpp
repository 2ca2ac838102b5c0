#pragma once

#include <cstddef>

#include "experiments/task/options.hpp"
#include "framework/nn/module.hpp"

namespace fanin {

// What decides how long a network takes for an image.
struct NetworkCost {
  double layers;
  double multiply_adds;  // of one image's forward pass, in the layers with weights
};

// images: [N, ...], of which one is counted. Throws Error when the network does not fit them.
NetworkCost network_cost(Module& model, const Array& images);

// What a run will cost, in seconds of some machine, the same number on every one: to share runs
// out and to say when they will be done. `samples` are those of an epoch.
double predicted_cost(const TrainOptions& options, const NetworkCost& network, std::size_t samples);

}  // namespace fanin
