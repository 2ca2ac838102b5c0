#pragma once

#include "framework/autograd/tensor.hpp"

namespace fanin::inline FANIN_PRECISION {

// y = x W^T + b: x [..., in], weight [out, in], bias [out] or undefined -> [..., out].
// Throws Error where the shapes do not fit.
Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias = {});

}  // namespace fanin::inline FANIN_PRECISION
