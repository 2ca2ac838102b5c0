#pragma once

#include <optional>
#include <string>
#include <vector>

#include "experiments/look/layer_signal.hpp"
#include "experiments/task/losses.hpp"
#include "framework/data/loader.hpp"
#include "framework/nn/module.hpp"

namespace fanin {

struct Spread {
  double mean = 0, std = 0, low = 0, high = 0;
  explicit Spread(const Array& x);
};

// Sends a batch through the model and the gradient of its loss back, in train mode; the layers in
// the order in which they were called, inside modules of any kind. The model, its gradients but for
// forgetting them, and the default generator are left as they were.
std::vector<LayerSignal> measure_signals(Module& model, const Array& images,
                                         const std::vector<std::int64_t>& labels,
                                         const Loss& loss = loss_table().front());

// Looks for it in a batch whose loss is not finite. Layers have their gradients from the last to
// the first, so that the last with such weights had them first. The model is left as it was.
NotFinite find_not_finite(Module& model, const Batch& batch, const Loss& loss, std::size_t steps);

// The matrices of a layer's own parameters.
std::vector<Tensor> matrices(const Module& layer);

}  // namespace fanin
