#pragma once

#include <optional>

#include "framework/ops/window.hpp"

namespace fanin::FANIN_PRECISION {

struct MaxPooling {
  Extents kernel = 1, stride = 1, padding = 0, dilation = 1;
  bool ceil_mode = false;
  Window window(const char* function, const Shape& x) const;  // over x [N, C, spatial...]
};

// The largest number of each window: x [N, C, spatial...] or [C, spatial...] -> [N, C, out...].
// Padding counts as minus infinity and is at most half the kernel. The first of equal numbers in
// row-major order wins, and NaN wins over all. Throws Error if the window does not fit.
Tensor max_pool(std::size_t spatial_axes, const Tensor& x, const MaxPooling& pooling);
inline Tensor max_pool1d(const Tensor& x, const Extents& kernel, const Extents& stride,
                         const Extents& padding = 0, const Extents& dilation = 1,
                         bool ceil_mode = false) {
  return max_pool(1, x, {kernel, stride, padding, dilation, ceil_mode});
}
inline Tensor max_pool2d(const Tensor& x, const Extents& kernel, const Extents& stride,
                         const Extents& padding = 0, const Extents& dilation = 1,
                         bool ceil_mode = false) {
  return max_pool(2, x, {kernel, stride, padding, dilation, ceil_mode});
}

// How a window's mean is taken: whether the padding's zeros count, or which number divides the sum.
struct AvgPoolOptions {
  Extents padding = 0;
  bool ceil_mode = false, count_include_pad = true;
  std::optional<std::size_t> divisor_override = {};
};

// The mean of each window, shapes as above.
Tensor avg_pool(std::size_t spatial_axes, const Tensor& x, const Extents& kernel,
                const Extents& stride, const AvgPoolOptions& options = {});
inline Tensor avg_pool1d(const Tensor& x, const Extents& kernel, const Extents& stride,
                         const AvgPoolOptions& options = {}) {
  return avg_pool(1, x, kernel, stride, options);
}
inline Tensor avg_pool2d(const Tensor& x, const Extents& kernel, const Extents& stride,
                         const AvgPoolOptions& options = {}) {
  return avg_pool(2, x, kernel, stride, options);
}

// Means of windows: x [N, C, H, W] -> [N, C, output]. On an axis from n to m numbers, output i
// takes inputs [floor(i n / m), ceil((i + 1) n / m)). An extent of the output may be `as_input`.
Tensor adaptive_avg_pool2d(const Tensor& x, const Extents& output);

// All that describes a convolution except its tensors. It can also apply an activation and then max
// pooling, over the same spatial axes, to its output.
struct ConvArguments {
  std::size_t spatial_axes = 2;
  Extents stride = 1;
  Padding padding = 0;
  Extents dilation = 1;
  std::size_t groups = 1;
  Activation activation = Activation::none;
  std::optional<MaxPooling> pool = {};
};

// Cross-correlation over one to three spatial axes: x [N, C, spatial...] or [C, spatial...],
// weight [O, C / groups, kernel...], bias [O] or undefined -> [N, O, out...] with
// out = (in + 2 padding - dilation (kernel - 1) - 1) / stride + 1. Throws Error if the shapes do
// not fit or the kernel is larger than the padded input.
Tensor conv(const Tensor& x, const Tensor& weight, const Tensor& bias,
            const ConvArguments& arguments);
inline Tensor conv1d(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
                     const Extents& stride = 1, const Padding& padding = 0,
                     const Extents& dilation = 1, std::size_t groups = 1) {
  return conv(x, weight, bias, {1, stride, padding, dilation, groups});
}
inline Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
                     const Extents& stride = 1, const Padding& padding = 0,
                     const Extents& dilation = 1, std::size_t groups = 1) {
  return conv(x, weight, bias, {2, stride, padding, dilation, groups});
}
inline Tensor conv3d(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
                     const Extents& stride = 1, const Padding& padding = 0,
                     const Extents& dilation = 1, std::size_t groups = 1) {
  return conv(x, weight, bias, {3, stride, padding, dilation, groups});
}

}  // namespace fanin::FANIN_PRECISION
