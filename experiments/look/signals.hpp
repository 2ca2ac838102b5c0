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

// Sends a batch through the model and the gradient of its loss back, in train mode. Gives the
// layers in the order of their calls. Leaves the model and the default generator as they were, but
// forgets the gradients.
std::vector<LayerSignal> measure_signals(Module& model, const Array& images,
                                         const std::vector<std::int64_t>& labels,
                                         const Loss& loss = loss_table().front());

// For a batch whose loss is not finite. Gradients reach the last layer first, so that the last
// layer with such weights had them first. Leaves the model as it was.
NotFinite find_not_finite(Module& model, const Batch& batch, const Loss& loss, std::size_t steps);

// The matrices of a layer's own parameters.
std::vector<Tensor> matrices(const Module& layer);

}  // namespace fanin
