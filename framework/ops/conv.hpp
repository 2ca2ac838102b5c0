#pragma once

#include "framework/ops/pooling.hpp"

namespace fanin::FANIN_PRECISION {

// Everything about a convolution but its numbers, and what follows it in the same pass over its
// output: an activation, then max pooling over as many axes.
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
// out = (in + 2 padding - dilation (kernel - 1) - 1) / stride + 1. Throw Error where the shapes do
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
