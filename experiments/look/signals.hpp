#pragma once

#include <vector>

#include "experiments/look/layer_signal.hpp"
#include "experiments/task/optimisation.hpp"
#include "framework/data/loader.hpp"
#include "framework/nn/module.hpp"

namespace fanin {

struct Spread {
  double mean = 0, std = 0, low = 0, high = 0;
  explicit Spread(const Array& x);
};

// Sends a batch through the model in train mode, and the gradient of its loss back. Returns the
// layers in the order of their calls. Restores the model and the default generator.
std::vector<LayerSignal> measure_signals(Module& model, const Array& images,
                                         const std::vector<std::int64_t>& labels,
                                         const Loss& loss = loss_table().front());

// For a batch with a loss that is not finite. Names the last layer with such weights, as gradients
// reach it first. Leaves the model as it was.
NotFinite find_not_finite(Module& model, const Batch& batch, const Loss& loss, std::size_t steps);

// A layer's own parameters of two or more axes.
std::vector<Tensor> matrices(const Module& layer);

}  // namespace fanin
