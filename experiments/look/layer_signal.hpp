// What a look into the layers measures, what theory expects, and the verdict in words.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
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
  std::size_t numbers = 0;  // of the output for an image; 0 in logs of old versions
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

// The units of a net and how many distinct ones there are, without the last layer, as the labels
// tell its units apart.
std::pair<std::size_t, std::size_t> hidden_units(const LayerSignals& look);

// The share of distinct units; nothing if no layer but the last has units.
std::optional<double> distinct_share(const LayerSignals& look);

// How layers are counted, in figures, tables and words alike: the layers with weights from 1 on. A
// layer without weights has the number of the one before it, and 0 before the first.
std::vector<std::size_t> layer_numbers(const std::vector<LayerSignal>& signals);

// What a layer of this number is called: by its path, unless that is another number, such as that
// of a Sequential's child.
std::string layer_name(std::size_t number, const std::string& path);

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

// What mean-field theory says of an activation and the Linear or convolution behind it.
struct MeanFieldStep {
  std::size_t number;      // of the layer, as layer_numbers() counts
  double q, chi_1, slope;  // of its inputs' pre-activations: their variance, and by which factors
                           // the layer changes squared gradients and small errors in q
  double q_out;            // of its output; from q of the first step on
  double low, high;        // the same if q of the first step is 10 % smaller or larger
};

// Layer by layer from the first activation on, until the theory does not cover a layer.
std::vector<MeanFieldStep> mean_field_steps(const std::vector<LayerSignal>& signals, Module& model,
                                            const std::vector<Expectation>& expectations);

// The fixed point of signals by mean-field theory, if all hidden layers are Linear, of one variance
// and one activation. Nothing for other models.
std::optional<init::FixedPoint> fixed_point_of(const std::vector<LayerSignal>& signals,
                                               Module& model,
                                               const std::vector<Expectation>& expectations);

// How a signal changes over the hidden layers with weights: outputs from the first to the last,
// gradients from the last to the first.
struct Flow {
  double from = 0, to = 0;
  std::size_t layers = 0;  // that it passes from there to there

  double factor() const { return to / from; }
  double per_layer() const;
  // keeps: the factor lies within 3; changes: within 100; lost: beyond, 0 or not finite.
  enum class Grade { keeps, changes, lost };
  Grade grade() const;
};

// The net's signals, without its output layer: the std of outputs, that from image to image, and
// the Euclidean norm of an image's gradient, which other than its std does not depend on the size
// of a convolution's output. Nothing for fewer than two hidden layers.
struct Flows {
  Flow outputs, images, gradients;
};
std::optional<Flows> flows_of(const std::vector<LayerSignal>& signals);

// Says in sentences, with numbers, which signals keep their size, shrink, grow, vanish or explode.
// With `lost_only`, it says only what can keep a net from training.
std::vector<std::string> flow_verdicts(const std::vector<LayerSignal>& signals,
                                       bool lost_only = false);

// The same, and which units are dead, saturated or equal.
std::vector<std::string> verdicts(const std::vector<LayerSignal>& signals);

}  // namespace fanin
