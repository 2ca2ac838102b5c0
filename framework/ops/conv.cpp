#include "framework/ops/conv.hpp"

#include <fmt/format.h>

#include "framework/core/error.hpp"

namespace fanin::inline FANIN_PRECISION {
namespace {

Tensor convolve(const char* function, const Tensor& x, const Tensor& weight, const Tensor& bias,
                const Extents& stride, const Padding& padding, const Extents& dilation,
                std::size_t groups) {
  const Shape &shape = x.shape(), &k = weight.shape();
  if (k.size() != shape.size() || groups == 0 || k[0] % groups != 0 || shape[1] != k[1] * groups)
    throw Error(fmt::format("{}: input {} does not fit weight {} with {} group(s)", function,
                            to_string(shape), to_string(k), groups));
  if (bias.defined() && bias.shape() != Shape{k[0]})
    throw Error(fmt::format("{}: bias {} does not fit weight {}", function, to_string(bias.shape()),
                            to_string(k)));
  const Extents extents(Shape(k.begin() + 2, k.end()));
  Window s = make_window(function, shape, extents, stride, padding, dilation, false);
  s.out_channels = k[0];
  s.groups = groups;
  const Array images = x.value().batch_last(), kernel = weight.value().row_major();
  Array y(window_output(s, extents.size()), 0);
  Array scratch({kernels().conv_scratch(s)});
  kernels().conv(s, images.data(), kernel.data(), bias.defined() ? bias.value().data() : nullptr,
                 y.data(), scratch.data());

  std::vector<Tensor> inputs{x, weight};
  if (bias.defined()) inputs.push_back(bias);
  return Tensor::from_op(y, std::move(inputs), [s, images, kernel](const Backward& b) {
    std::vector<Array> gradients(b.needs.size());
    Array scratch({kernels().conv_scratch(s)});
    if (b.needs[0]) {
      gradients[0] = Array(images.shape(), 0);
      kernels().conv_backward_input(s, b.grad.data(), kernel.data(), gradients[0].data(),
                                    scratch.data());
    }
    if (b.needs[1]) {
      gradients[1] = Array(kernel.shape());
      kernels().conv_backward_weight(s, images.data(), b.grad.data(), gradients[1].data(),
                                     scratch.data());
    }
    if (b.needs.size() > 2 && b.needs[2]) {
      gradients[2] = Array({s.out_channels});
      kernels().row_sums(s.out_channels, s.out_pixels() * s.batch, b.grad.data(),
                         gradients[2].data());
    }
    return gradients;
  });
}

Tensor conv(const char* function, std::size_t spatial_axes, const Tensor& x, const Tensor& weight,
            const Tensor& bias, const Extents& stride, const Padding& padding,
            const Extents& dilation, std::size_t groups) {
  return with_batch(function, spatial_axes, x, [&](const Tensor& batch) {
    return convolve(function, batch, weight, bias, stride, padding, dilation, groups);
  });
}

}  // namespace

Tensor conv1d(const Tensor& x, const Tensor& weight, const Tensor& bias, const Extents& stride,
              const Padding& padding, const Extents& dilation, std::size_t groups) {
  return conv("conv1d", 1, x, weight, bias, stride, padding, dilation, groups);
}

Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias, const Extents& stride,
              const Padding& padding, const Extents& dilation, std::size_t groups) {
  return conv("conv2d", 2, x, weight, bias, stride, padding, dilation, groups);
}

Tensor conv3d(const Tensor& x, const Tensor& weight, const Tensor& bias, const Extents& stride,
              const Padding& padding, const Extents& dilation, std::size_t groups) {
  return conv("conv3d", 3, x, weight, bias, stride, padding, dilation, groups);
}

}  // namespace fanin::inline FANIN_PRECISION
