#pragma once

#include <optional>

#include "framework/autograd/tensor.hpp"
#include "framework/core/kernels/kernels.hpp"

namespace fanin::FANIN_PRECISION {

// y = x W^T + b, through an activation: x [..., in], weight [out, in], bias [out] or undefined ->
// [..., out]. Throws Error if the shapes do not fit.
Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
              Activation activation = Activation::none);

// Rows of a table: indices of any shape [...], as whole numbers, and weight [V, E] -> [..., E].
// The row `padding_idx` gets no gradient. Throws Error for an index that is no row.
Tensor embedding(const Array& indices, const Tensor& weight,
                 std::optional<std::size_t> padding_idx = {});

}  // namespace fanin::FANIN_PRECISION
