#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "experiments/look/signals.hpp"
#include "init/mean_field.hpp"
#include "init/recipe.hpp"

namespace fanin {

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

}  // namespace fanin
