#include "framework/ops/conv.hpp"

#include "framework/core/convolution.hpp"
#include "framework/core/error.hpp"

namespace fanin::FANIN_PRECISION {
namespace {

constexpr const char* names[] = {"conv1d", "conv2d", "conv3d"};
constexpr const char* pool_names[] = {"max_pool1d", "max_pool2d", "max_pool3d"};

Tensor convolve(const Tensor& x, const Tensor& weight, const Tensor& bias, const ConvArguments& a) {
  const char* function = names[a.spatial_axes - 1];
  const Shape &shape = x.shape(), &k = weight.shape();
  if (k.size() != shape.size() || a.groups == 0 || k[0] % a.groups != 0 ||
      shape[1] != k[1] * a.groups)
    throw Error("{}: input {} does not fit weight {} with {} group(s)", function, to_string(shape),
                to_string(k), a.groups);
  if (bias.defined() && bias.shape() != Shape{k[0]})
    throw Error("{}: bias {} does not fit weight {}", function, to_string(bias.shape()),
                to_string(k));
  const Extents extents(Shape(k.begin() + 2, k.end()));
  ConvPass pass;
  pass.conv = make_window(function, shape, extents, a.stride, a.padding, a.dilation, false);
  pass.conv.out_channels = k[0];
  pass.conv.groups = a.groups;
  pass.activation = a.activation;
  Shape out = window_output(pass.conv, a.spatial_axes);
  if (a.pool) {
    pass.pooled = true;
    pass.pool = a.pool->window(pool_names[a.spatial_axes - 1], out);
    out = window_output(pass.pool, a.spatial_axes);
  }
  const Array images = x.value().batch_last(), kernel = weight.value().row_major();
  Array y(out, 0), tap;
  if (a.pool && !NoGrad::active()) tap = Array(out, 0);
  convolution(pass, images.data(), kernel.data(), bias.defined() ? bias.value().data() : nullptr,
              y.data(), tap.data());
  return Tensor::from_op(y, {x, weight, bias}, [=](const Backward& b) {
    std::vector<Array> gradients(b.needs.size());
    const Shape shapes[] = {images.shape(), kernel.shape(), {pass.conv.out_channels}};
    for (std::size_t i = 0; i < gradients.size(); ++i)
      if (b.needs[i]) gradients[i] = i == 0 ? Array(shapes[i], 0) : Array(shapes[i]);
    const auto data = [&](std::size_t i) {
      return i < gradients.size() ? gradients[i].data() : nullptr;
    };
    convolution_backward(pass, images.data(), kernel.data(), b.out.data(), tap.data(),
                         b.grad.data(), data(0), data(1), data(2));
    return gradients;
  });
}

}  // namespace

Tensor conv(const Tensor& x, const Tensor& weight, const Tensor& bias, const ConvArguments& a) {
  return with_batch(names[a.spatial_axes - 1], a.spatial_axes, x,
                    [&](const Tensor& batch) { return convolve(batch, weight, bias, a); });
}

}  // namespace fanin::FANIN_PRECISION
