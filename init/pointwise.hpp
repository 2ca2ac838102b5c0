#pragma once

#include <optional>
#include <string>
#include <vector>

#include "framework/nn/activation_table.hpp"

namespace fanin::init {

using fanin::PointwiseActivation;

// By the names that models use or those of PyTorch's layers, with PyTorch's argument where there is
// one: "tanh", "leaky_relu:negative_slope=0.2", "elu:alpha=0.5", "softplus:beta=2". Throws
// UsageError for another.
PointwiseActivation activation(const std::string& text);
std::vector<std::string> activation_names();

// That of a layer, its arguments heeded; none for a layer that is no pointwise function.
std::optional<PointwiseActivation> activation_of(const Module& layer);

}  // namespace fanin::init
