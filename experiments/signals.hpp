#pragma once

#include <string>
#include <vector>

#include "framework/nn/module.hpp"

namespace fanin {

struct Spread {
  double mean = 0, std = 0, low = 0, high = 0;
  explicit Spread(const Array& x);
};

// What one layer, a module without children, gives for a batch, and the gradient of the loss with
// respect to that. A unit is an entry of the output's second axis: a neuron, or a channel.
struct LayerSignal {
  std::string path, type;
  double mean, std;
  double image_std;  // of one number from image to image, which biases do not add to
  double gradient_std;
  double input_square;    // mean of the squared inputs
  double dead = 0;        // of a ReLU: the share of units that are 0 for every sample
  double saturated = 0;   // of a Tanh or Sigmoid: the share of outputs where its slope is below 6 %
  bool weighted = false;  // has a weight matrix or more
  bool units_equal = false;  // its units have equal weights and biases
  bool stay_equal = false;   // and equal gradients, in a pass without draws such as Dropout's
};

// Sends a batch through the model and the gradient of its cross entropy back, in train mode; the
// layers in the order in which they were called, inside modules of any kind.
std::vector<LayerSignal> measure_signals(Module& model, const Array& images,
                                         const std::vector<std::int64_t>& labels);

// What there is to say about them in words: signals that vanish or explode, units that are dead,
// saturated or equal.
std::vector<std::string> verdicts(const std::vector<LayerSignal>& signals);

}  // namespace fanin
