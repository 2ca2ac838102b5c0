#pragma once

#include "experiments/run/options.hpp"
#include "framework/nn/module.hpp"

namespace fanin {

// Multiplications of one image's forward pass in the layers with weights; image [1, ...].
double multiply_adds(Module& model, const Array& image);

// What a run will cost, in seconds of some machine, the same number on every one: to share runs
// out and to say when they will be done. `samples` are those of an epoch.
double predicted_cost(const TrainOptions& options, Module& model, const Array& image,
                      std::size_t samples);

}  // namespace fanin
