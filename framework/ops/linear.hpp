#pragma once

#include "framework/autograd/tensor.hpp"
#include "framework/core/activation.hpp"

namespace fanin::FANIN_PRECISION {

// y = x W^T + b, through an activation: x [..., in], weight [out, in], bias [out] or undefined ->
// [..., out]. Throws Error where the shapes do not fit.
Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
              Activation activation = Activation::none);

}  // namespace fanin::FANIN_PRECISION
