#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "experiments/look/signals.hpp"
#include "init/mean_field.hpp"
#include "init/recipe.hpp"

namespace fanin {

// What an init promises of a Linear's or convolution's numbers, in mean-field theory's terms.
struct Sigmas {
  double w, b;  // of the weights times sqrt(fan_in)
  // The mean square of what it gives: Var[y] = fan_in Var[w] E[x^2] + Var[b].
  double through(double input_square) const { return w * w * input_square + b * b; }
};

// By the layer's path. Leaves out layers that the theory does not cover: with weights that are not
// random, or that have another mean than 0.
std::map<std::string, Sigmas> sigmas_of(Module& model,
                                        const std::vector<Expectation>& expectations);

// Fills in expected_std by the variance map of mean-field theory, from the first layer's measured
// input on, with the variances that the init promises. Layer by layer, q = fan_in Var[w] q + Var[b]
// (He et al. 2015), then E[phi(sqrt(q) z)^2]; a norm sets q to 1. It ends at a layer that the
// theory does not cover, such as max pooling.
void predict_spreads(std::vector<LayerSignal>& signals, Module& model,
                     const std::vector<Expectation>& expectations);

// Where signals through a model's hidden layers end by mean-field theory, if those layers are
// Linear and of one variance and one activation; nothing for other models.
std::optional<init::FixedPoint> fixed_point_of(const std::vector<LayerSignal>& signals,
                                               Module& model,
                                               const std::vector<Expectation>& expectations);

}  // namespace fanin
