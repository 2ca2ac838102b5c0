#pragma once

#include <string>
#include <vector>

#include "experiments/options.hpp"
#include "framework/nn/module.hpp"

namespace fanin {

// Spread of a layer's output and of the loss's gradient with respect to it.
struct LayerSignal {
  std::string path, type;
  double mean, std, gradient_std;
  double zero_share;  // of the output's numbers that are exactly 0
};

// Sends a batch through the model, layer by layer, and the gradient of its loss back, in train
// mode. The layers are those of a Sequential, nested ones opened; another model counts as one.
std::vector<LayerSignal> measure_signals(Module& model, const Array& images,
                                         const std::vector<std::int64_t>& labels);

// What there is to say about them in words: signals that vanish or explode, units that are equal.
std::vector<std::string> verdicts(Module& model, const std::vector<LayerSignal>& signals);

// `fanin inspect`: a table of parameters and one of signals before training for each init.
int inspect_command(const TrainOptions& options, const std::vector<std::string>& inits);

}  // namespace fanin
