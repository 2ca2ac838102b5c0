#pragma once

#include <optional>
#include <vector>

#include "framework/nn/module.hpp"

namespace fanin::init {

// LSUV, Mishkin & Matas 2016: layer by layer, in the order of modules(), divides a Linear's or
// Conv's weight by the standard deviation of its output on the images until that is 1 within tol.
// The weights should be orthonormal and the biases 0 before. The model runs in train mode, and
// KeepState puts back everything but those weights. Throws Error naming the layer whose spread is
// 0, not finite, or not within tol after so many tries. With `layers`, others stay as they are.
void lsuv_(Module& model, const Array& images, double tol = 0.1, std::size_t tries = 10,
           const std::optional<std::vector<Module*>>& layers = {});

}  // namespace fanin::init
