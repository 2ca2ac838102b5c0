#pragma once

#include "experiments/task/options.hpp"

namespace fanin {

struct ExportOptions {
  TrainOptions start;  // the model and its init
  std::string input, target, out;
};

// Writes the state_dict as initialised. With an input (float .npy, [N, ...]) and a target (labels,
// [N]), writes also `output`, `loss` (cross entropy) and `grad.<name>` of a pass in train mode.
int export_model(const ExportOptions& options);

}  // namespace fanin
