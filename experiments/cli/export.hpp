#pragma once

#include "experiments/task/options.hpp"

namespace fanin {

struct ExportOptions {
  TrainOptions start;  // the model and its init
  std::string input, target, out;
};

// Writes the state_dict as initialised; with an input (float .npy, [N, ...]) and a target (labels,
// [N]) also `output` and `loss` of a forward pass in train mode with cross entropy, and
// `grad.<name>` of each parameter.
int export_model(const ExportOptions& options);

}  // namespace fanin
