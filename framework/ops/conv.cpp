#include "framework/ops/conv.hpp"

#include <fmt/format.h>

#include "framework/core/error.hpp"
#include "framework/core/kernels/kernels.hpp"

namespace fanin::inline FANIN_PRECISION {
namespace {

void require_images(const char* function, const Tensor& x) {
  if (x.shape().size() != 4)
    throw Error(
        fmt::format("{}: expected input [N, C, H, W], got {}", function, to_string(x.shape())));
}

// Fills the two last of the window's three spatial axes; the first keeps extent 1.
Window window(const char* function, const Shape& x, Pair kernel, Pair stride, Pair padding,
              Pair dilation, bool ceil_mode) {
  Window w;
  w.batch = x[0];
  w.in_channels = w.out_channels = x[1];
  for (std::size_t i = 0; i < 2; ++i) {
    constexpr std::size_t most = std::size_t{1} << 31;  // so that no sum below overflows
    const std::size_t in = x[2 + i], padded = in + 2 * padding[i];
    if (in > most || kernel[i] > most || stride[i] > most || padding[i] > most ||
        dilation[i] > most)
      throw Error(fmt::format("{}: extents past 2^31 are not supported", function));
    if (kernel[i] == 0 || stride[i] == 0 || dilation[i] == 0)
      throw Error(fmt::format("{}: kernel, stride and dilation must be positive", function));
    const std::size_t reach = dilation[i] * (kernel[i] - 1) + 1;
    if (in == 0 || reach > padded)
      throw Error(fmt::format("{}: a kernel of {} by {} does not fit into the padded input {}",
                              function, kernel[0], kernel[1], to_string(x)));
    w.in[i + 1] = in;
    w.kernel[i + 1] = kernel[i];
    w.stride[i + 1] = stride[i];
    w.padding[i + 1] = padding[i];
    w.dilation[i + 1] = dilation[i];
    std::size_t steps = (padded - reach + (ceil_mode ? stride[i] - 1 : 0)) / stride[i];
    if (ceil_mode && steps * stride[i] >= in + padding[i]) --steps;  // no window beyond the input
    w.out[i + 1] = steps + 1;
  }
  // Scratch holds the padded input; throws where no memory could.
  (void)Shape{x[0], x[1], x[2] + 2 * padding[0], x[3] + 2 * padding[1]}.numel();
  return w;
}

}  // namespace

Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias, Pair stride, Pair padding,
              Pair dilation, std::size_t groups) {
  require_images("conv2d", x);
  const Shape &shape = x.shape(), &k = weight.shape();
  if (k.size() != 4 || groups == 0 || k[0] % groups != 0 || shape[1] != k[1] * groups)
    throw Error(fmt::format("conv2d: input {} does not fit weight {} with {} group(s)",
                            to_string(shape), to_string(k), groups));
  if (bias.defined() && bias.shape() != Shape{k[0]})
    throw Error(fmt::format("conv2d: bias {} does not fit weight {}", to_string(bias.shape()),
                            to_string(k)));
  Window s = window("conv2d", shape, {k[2], k[3]}, stride, padding, dilation, false);
  s.out_channels = k[0];
  s.groups = groups;

  const Array images = x.value().batch_last(), kernel = weight.value().row_major();
  Array y({s.batch, s.out_channels, s.out[1], s.out[2]}, 0);
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

Tensor max_pool2d(const Tensor& x, Pair kernel, Pair stride, Pair padding, Pair dilation,
                  bool ceil_mode) {
  require_images("max_pool2d", x);
  for (std::size_t i = 0; i < 2; ++i)
    if (2 * padding[i] > kernel[i])
      throw Error(fmt::format("max_pool2d: padding {} is more than half of kernel {}", padding[i],
                              kernel[i]));
  const Window s = window("max_pool2d", x.shape(), kernel, stride, padding, dilation, ceil_mode);
  const Array images = x.value().batch_last();
  const Shape shape{s.batch, s.in_channels, s.out[1], s.out[2]};
  Array y(shape, 0), tap(shape, 0);
  kernels().max_pool(s, images.data(), y.data(), tap.data());
  return Tensor::from_op(y, {{x, [s, tap, shape = x.shape()](const Array& g, const Array&) {
                                Array dx(shape, 0);
                                kernels().max_pool_backward(s, tap.data(), g.data(), dx.data());
                                return dx;
                              }}});
}

}  // namespace fanin::inline FANIN_PRECISION
