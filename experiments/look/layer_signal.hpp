// What a look into the layers of a model finds, as logs hold it.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace fanin {

// Counts of numbers in equal bins from low to high. It is empty if there are no numbers, or if one
// of them is not finite.
struct Histogram {
  double low = 0, high = 0;
  std::vector<std::size_t> counts;
};

// Whether the units of a layer have equal weights and biases, and what a few trial steps make of
// that. start_equal: other layers or draws, such as Dropout's, give them different gradients.
// equal_but_for_rounding: their gradients are equal, so that only rounding can tell them apart,
// which some kernels do unit by unit and others not. equal_without_gradient: no gradient reaches
// them.
enum class Units { differ, start_equal, equal_but_for_rounding, equal_without_gradient };

// The output of a layer, a module without children, for a batch, and the gradient of the loss with
// respect to it. A unit is an entry of the output's second axis: a neuron, or a channel.
struct LayerSignal {
  std::string path, type;
  double mean = 0, std = 0;
  double image_std = 0;  // of one number from image to image, which biases do not add to
  double gradient_std = 0;
  double input_square = 0;  // mean of the squared inputs
  double dead = 0;          // of a ReLU: the share of units that are 0 for every sample
  double saturated = 0;   // of a Tanh or Sigmoid: the share of outputs where its slope is below 6 %
  bool weighted = false;  // has a weight matrix or more
  Units units_are = Units::differ;
  // Of a Linear, a convolution or a recurrent layer's first, else 0: units, and how many of them
  // have weights and biases of their own.
  std::size_t units = 0, distinct = 0;
  double weight_norm = 0, weight_gradient_norm = 0;  // of all its weight matrices, Euclidean
  std::optional<double> expected_std = {};           // of its output, by theory (theory.hpp)
  std::optional<double> update_norm = {};            // of what the step after changed in them
  Histogram outputs = {}, gradients = {};
};

// The layers of a model after so many steps of training.
struct LayerSignals {
  std::size_t step = 0;
  std::vector<LayerSignal> layers;
  // Over how many layers theory lets signals reach before training: xi_c of init::FixedPoint,
  // infinite at the critical point.
  std::optional<double> depth_scale = {};
  std::optional<double> distinct = {};  // distinct_share(), if the layers were forgotten
};

// The share of a net's units that have weights and biases of their own. The last layer does not
// count, as the labels tell its units apart. Returns nothing if no other layer has units.
std::optional<double> distinct_share(const LayerSignals& look);

// Where the numbers of a run first stopped being finite: after so many steps, in the "output" of a
// layer, in its "weights", which the last of those steps had moved there, or in the "loss" alone.
struct NotFinite {
  std::size_t steps = 0;
  std::string layer, what;  // the layer's path and type, as "fc1 (Linear)"; "" for the loss
};

// "after 12 steps, first in the weights of fc1 (Linear)"
std::string to_string(const NotFinite& place);

// Whether a layer has weights, and a weight gradient below half a rounding of them, so that no step
// with a learning rate up to 1 moves them.
bool gradient_is_lost(const LayerSignal& layer);

// Says which signals vanish or explode, and which units are dead, saturated or equal.
std::vector<std::string> verdicts(const std::vector<LayerSignal>& signals);

}  // namespace fanin
