#pragma once

#include <array>

#include "framework/autograd/tensor.hpp"

namespace fanin::inline FANIN_PRECISION {

using Pair = std::array<std::size_t, 2>;  // height, width

// Cross-correlation: x [N, C, H, W], weight [O, C / groups, KH, KW], bias [O] or undefined
// -> [N, O, (H + 2 padding - dilation (KH - 1) - 1) / stride + 1, ...]. Throws Error where the
// shapes do not fit or the kernel is larger than the padded input.
Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias = {}, Pair stride = {1, 1},
              Pair padding = {0, 0}, Pair dilation = {1, 1}, std::size_t groups = 1);

// The largest of each window: x [N, C, H, W] -> [N, C, OH, OW]. Padding counts as minus infinity
// and is at most half the kernel; ties go to the first in row-major order, NaN wins.
Tensor max_pool2d(const Tensor& x, Pair kernel, Pair stride, Pair padding = {0, 0},
                  Pair dilation = {1, 1}, bool ceil_mode = false);

}  // namespace fanin::inline FANIN_PRECISION
