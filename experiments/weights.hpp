#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "experiments/run/options.hpp"

namespace fanin {

struct ExportOptions {
  TrainOptions start;  // the model and its init
  std::string input, target, out;
};

// `fanin export`: the state_dict as initialised; with an input (float .npy, [N, ...]) and a target
// (labels, [N]) also `output` and `loss` of a forward pass in train mode with cross entropy, and
// `grad.<name>` of each parameter.
int export_command(const ExportOptions& options);

struct SampleOptions {
  std::string function, out;
  std::vector<std::size_t> shape;
  std::vector<std::string> arguments;  // key=value
  std::uint64_t seed = 0;
};

// `fanin sample`: one call of an init function on a new tensor, written as .npy.
int sample_command(const SampleOptions& options);

}  // namespace fanin
