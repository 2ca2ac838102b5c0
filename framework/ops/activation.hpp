#pragma once

#include "framework/autograd/tensor.hpp"

namespace fanin::inline FANIN_PRECISION {

// Elementwise, on any shape.
Tensor relu(const Tensor& x);  // max(x, 0), keeping NaN
Tensor tanh(const Tensor& x);
Tensor sigmoid(const Tensor& x);  // 1 / (1 + exp(-x))

}  // namespace fanin::inline FANIN_PRECISION
