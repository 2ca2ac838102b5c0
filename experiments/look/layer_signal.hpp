// What a look into the layers measures, what theory expects, and the verdict in words.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "init/mean_field.hpp"
#include "init/recipe.hpp"

namespace fanin {

// Counts of numbers in equal bins from low to high. No counts if a number is not finite.
struct Histogram {
  double low = 0, high = 0;
  std::vector<std::size_t> counts;
};

// Whether the units of a layer have equal weights and biases, and whether a few trial steps part
// them. start_equal: their gradients differ, by other layers or by draws such as Dropout's.
// equal_but_for_rounding: their gradients are equal, so only the rounding of some kernels parts
// them. equal_without_gradient: no gradient reaches them.
enum class Units { differ, start_equal, equal_but_for_rounding, equal_without_gradient };

// The output of a layer (a module without children) for a batch, and the loss's gradient with
// respect to it. A unit is an entry of the output's second axis: a neuron, or a channel.
struct LayerSignal {
  std::string path, type;
  double mean = 0, std = 0;
  double image_std = 0;  // of one number from image to image: biases do not add to it
  double gradient_std = 0;
  double input_square = 0;  // mean of the squared inputs
  double dead = 0;          // of a ReLU: the share of units that are 0 for every image
  double saturated = 0;     // of a Tanh or Sigmoid: the share of outputs with a slope below 6 %
  bool weighted = false;    // it has a weight matrix
  Units units_are = Units::differ;
  // The units of a Linear, a convolution or a recurrent layer's first layer, and how many different
  // ones there are. 0 for other layers.
  std::size_t units = 0, distinct = 0;
  double weight_norm = 0, weight_gradient_norm = 0;  // Euclidean, of all its weight matrices
  std::optional<double> expected_std = {};           // of its output, by predict_spreads()
  std::optional<double> update_norm = {};            // of their change in the next step
  Histogram outputs = {}, gradients = {};
};

// The layers of a model after `step` steps of training.
struct LayerSignals {
  std::size_t step = 0;
  std::vector<LayerSignal> layers;
  // xi_c of init::FixedPoint before training. It is infinite at the critical point.
  std::optional<double> depth_scale = {};
  std::optional<double> distinct = {};  // distinct_share(), if `layers` was dropped
};

// The share of distinct units in a net. Leaves out the last layer, as the labels tell its units
// apart. Returns nothing if no other layer has units.
std::optional<double> distinct_share(const LayerSignals& look);

// Where the numbers of a run first stopped being finite: in the "output" of a layer, in its
// "weights" after the last of the steps, or only in the "loss".
struct NotFinite {
  std::size_t steps = 0;
  std::string layer, what;  // the layer as "fc1 (Linear)"; "" for the loss
};

// "after 12 steps, first in the weights of fc1 (Linear)"
std::string to_string(const NotFinite& place);

// Whether a layer has weights whose gradient is below half a rounding of them, so that no step with
// a learning rate up to 1 moves them.
bool gradient_is_lost(const LayerSignal& layer);

// The spreads that an init gives a Linear or a convolution, in the terms of mean-field theory.
struct Sigmas {
  double w, b;  // std of the weights times sqrt(fan_in), and of the biases
  // The output's mean square: Var[y] = fan_in Var[w] E[x^2] + Var[b].
  double through(double input_square) const { return w * w * input_square + b * b; }
};

// The sigmas by the layer's path. Leaves out layers that the theory does not cover: their weights
// are not random, or their mean is not 0.
std::map<std::string, Sigmas> sigmas_of(Module& model,
                                        const std::vector<Expectation>& expectations);

// Fills in expected_std by the variance map of mean-field theory, from the first layer's measured
// input on. Layer by layer q becomes fan_in Var[w] q + Var[b] (He et al. 2015), then
// E[phi(sqrt(q) z)^2]; a norm sets q to 1. It stops at a layer that the theory does not cover, such
// as max pooling.
void predict_spreads(std::vector<LayerSignal>& signals, Module& model,
                     const std::vector<Expectation>& expectations);

// The fixed point of signals by mean-field theory, if all hidden layers are Linear, of one variance
// and one activation. Nothing for other models.
std::optional<init::FixedPoint> fixed_point_of(const std::vector<LayerSignal>& signals,
                                               Module& model,
                                               const std::vector<Expectation>& expectations);

// Says which signals vanish or explode, and which units are dead, saturated or equal.
std::vector<std::string> verdicts(const std::vector<LayerSignal>& signals);

}  // namespace fanin
