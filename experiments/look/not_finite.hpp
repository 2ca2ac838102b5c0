#pragma once

#include <string>

#include "experiments/task/losses.hpp"
#include "framework/data/loader.hpp"
#include "framework/nn/module.hpp"

namespace fanin {

// Where the numbers of a run first stopped being finite: after so many steps, in the "output" of a
// layer, in its "weights", which the last of those steps had moved there, or in the "loss" alone.
struct NotFinite {
  std::size_t steps = 0;
  std::string layer, what;  // the layer's path and type, as "fc1 (Linear)"; "" for the loss
};

// Looks for it in a batch whose loss is not finite. Layers have their gradients from the last to
// the first, so that the last with such weights had them first. The model is left as it was.
NotFinite find_not_finite(Module& model, const Batch& batch, const Loss& loss, std::size_t steps);

// "after 12 steps, first in the weights of fc1 (Linear)"
std::string to_string(const NotFinite& place);

}  // namespace fanin
