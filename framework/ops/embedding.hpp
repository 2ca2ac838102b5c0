#pragma once

#include <optional>

#include "framework/autograd/tensor.hpp"

namespace fanin::FANIN_PRECISION {

// Rows of a table: indices of any shape [...], as whole numbers, and weight [V, E] -> [..., E].
// The row `padding_idx` gets no gradient. Throws Error for an index that is no row.
Tensor embedding(const Array& indices, const Tensor& weight,
                 std::optional<std::size_t> padding_idx = {});

}  // namespace fanin::FANIN_PRECISION
