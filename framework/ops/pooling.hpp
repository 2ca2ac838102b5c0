#pragma once

#include <optional>

#include "framework/ops/window.hpp"

namespace fanin::inline FANIN_PRECISION {

// The largest of each window: x [N, C, spatial...] or [C, spatial...] -> [N, C, out...]. Padding
// counts as minus infinity and is at most half the kernel; ties go to the first in row-major
// order, NaN wins. Throw Error where the window does not fit.
Tensor max_pool1d(const Tensor& x, const Extents& kernel, const Extents& stride,
                  const Extents& padding = 0, const Extents& dilation = 1, bool ceil_mode = false);
Tensor max_pool2d(const Tensor& x, const Extents& kernel, const Extents& stride,
                  const Extents& padding = 0, const Extents& dilation = 1, bool ceil_mode = false);

// How a mean over a window is taken: which zeros of the padding count, or by what to divide.
struct AvgPoolOptions {
  Extents padding = 0;
  bool ceil_mode = false, count_include_pad = true;
  std::optional<std::size_t> divisor_override = {};
};

// The mean of each window, shapes as above.
Tensor avg_pool1d(const Tensor& x, const Extents& kernel, const Extents& stride,
                  const AvgPoolOptions& options = {});
Tensor avg_pool2d(const Tensor& x, const Extents& kernel, const Extents& stride,
                  const AvgPoolOptions& options = {});

// Means of windows [floor(i in / out), ceil((i + 1) in / out)): x [N, C, H, W] -> [N, C, output].
Tensor adaptive_avg_pool2d(const Tensor& x, const Extents& output);

}  // namespace fanin::inline FANIN_PRECISION
