#include "framework/ops/conv.hpp"

#include <algorithm>
#include <array>

#include "framework/core/convolution.hpp"
#include "framework/core/error.hpp"

namespace fanin::FANIN_PRECISION {
namespace {

Window pool_window(const char* function, const Shape& x, const Extents& kernel,
                   const Extents& stride, const Extents& padding, const Extents& dilation,
                   bool ceil_mode) {
  const Window s = make_window(function, x, kernel, stride, padding, dilation, ceil_mode);
  for (std::size_t i = 0; i < 3; ++i)
    if (2 * s.padding[i] > s.kernel[i])
      throw Error("{}: padding {} is more than half of kernel {}", function, s.padding[i],
                  s.kernel[i]);
  return s;
}

using Spans = std::array<std::vector<PoolSpan>, 3>;  // for each axis, an entry per output

// Writes means over the spans of each axis: x [N, C, spatial...] -> y [N, C, out...], batch-last.
Tensor mean_pool(const Tensor& x, Array y, Spans spans) {
  const Shape &in = x.shape(), &out = y.shape();
  Window s;
  s.batch = in[0], s.in_channels = in[1];
  for (std::size_t i = in.size() - 2, axis = 3; i-- > 0;) {
    s.in[--axis] = in[i + 2];
    s.out[axis] = out[i + 2];
  }
  for (std::vector<PoolSpan>& axis : spans)
    if (axis.empty()) axis.push_back({0, 1, 1});
  const Array images = x.value().batch_last();
  const auto pointers = [](const Spans& of) {
    return std::array<const PoolSpan*, 3>{of[0].data(), of[1].data(), of[2].data()};
  };
  kernels().mean_pool(s, pointers(spans).data(), images.data(), y.data());
  return Tensor::from_op(y, x, [=](const Array& g, const Array&) {
    Array dx(in, 0);
    kernels().mean_pool_backward(s, pointers(spans).data(), g.data(), dx.data());
    return dx;
  });
}

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

Window MaxPooling::window(const char* function, const Shape& x) const {
  const Window s = pool_window(function, x, kernel, stride, padding, dilation, ceil_mode);
  constexpr std::size_t most = std::size_t{1}
                               << 24;  // a float counts to this; the winning tap is one
  std::size_t taps = 1;
  for (const std::size_t extent : s.kernel)
    if (__builtin_mul_overflow(taps, extent, &taps) || taps > most)
      throw Error("{}: a kernel of {} has more than 2^24 places", function, to_string(kernel));
  return s;
}

Tensor max_pool(std::size_t axes, const Tensor& x, const MaxPooling& pooling) {
  const char* function = axes == 1 ? "max_pool1d" : "max_pool2d";
  return with_batch(function, axes, x, [&](const Tensor& batch) {
    const Window s = pooling.window(function, batch.shape());
    const Array images = batch.value().batch_last();
    const Shape shape = window_output(s, axes);
    Array y(shape, 0), tap(shape, 0);
    kernels().max_pool(s, images.data(), y.data(), tap.data());
    return Tensor::from_op(y, batch, [s, tap, shape = batch.shape()](const Array& g, const Array&) {
      Array dx(shape, 0);
      kernels().max_pool_backward(s, tap.data(), g.data(), dx.data());
      return dx;
    });
  });
}

Tensor avg_pool(std::size_t axes, const Tensor& x, const Extents& kernel, const Extents& stride,
                const AvgPoolOptions& options) {
  const char* function = axes == 1 ? "avg_pool1d" : "avg_pool2d";
  if (options.divisor_override == std::size_t{0})
    throw Error("{}: divisor_override must not be zero", function);
  return with_batch(function, axes, x, [&](const Tensor& batch) {
    const Window s =
        pool_window(function, batch.shape(), kernel, stride, options.padding, 1, options.ceil_mode);
    Spans spans;
    bool divided = false;  // by the override, in one axis only
    for (std::size_t i = 3 - axes; i < 3; ++i) {
      for (std::size_t at = 0; at < s.out[i]; ++at) {
        const std::size_t start = at * s.stride[i], edge = s.in[i] + s.padding[i];
        const std::size_t end = std::min(start + s.kernel[i], edge + s.padding[i]);
        // Positions in the input; `start` and `end` count from the padding's edge.
        const std::size_t first = std::max(start, s.padding[i]) - s.padding[i];
        const std::size_t last = std::max(std::min(end, edge), s.padding[i]) - s.padding[i];
        std::size_t count = options.count_include_pad ? end - start : last - first;
        if (options.divisor_override) count = divided ? 1 : *options.divisor_override;
        spans[i].push_back({first, last, Real(1) / static_cast<Real>(count)});
      }
      divided = true;
    }
    return mean_pool(batch, Array(window_output(s, axes), 0), spans);
  });
}

Tensor adaptive_avg_pool2d(const Tensor& x, const Extents& output) {
  return with_batch("adaptive_avg_pool2d", 2, x, [&](const Tensor& batch) {
    const Shape& in = batch.shape();
    if (output.size() != (output.is_tuple ? 2 : 1) || in[2] == 0 || in[3] == 0)
      throw Error("adaptive_avg_pool2d: input {} cannot become {}", to_string(in),
                  to_string(output));
    Shape out{in[0], in[1], output.of(0), output.of(1)};
    for (std::size_t axis = 2; axis < 4; ++axis)
      if (out[axis] == as_input) out[axis] = in[axis];
    const Array y(out, 0);  // first, because this refuses what no memory could hold
    Spans spans;
    for (std::size_t axis = 0; axis < 2; ++axis)
      for (std::size_t i = 0, n = out[axis + 2], extent = in [axis + 2]; i < n; ++i) {
        const std::size_t first = i * extent / n, last = ((i + 1) * extent + n - 1) / n;
        spans[axis + 1].push_back({first, last, Real(1) / static_cast<Real>(last - first)});
      }
    return mean_pool(batch, y, spans);
  });
}

Tensor conv(const Tensor& x, const Tensor& weight, const Tensor& bias, const ConvArguments& a) {
  return with_batch(names[a.spatial_axes - 1], a.spatial_axes, x,
                    [&](const Tensor& batch) { return convolve(batch, weight, bias, a); });
}

}  // namespace fanin::FANIN_PRECISION
