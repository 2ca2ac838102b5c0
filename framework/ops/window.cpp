#include "framework/ops/window.hpp"

#include <algorithm>
#include <array>

#include "framework/core/error.hpp"
#include "framework/core/text.hpp"
#include "framework/ops/shape.hpp"

namespace fanin::FANIN_PRECISION {
namespace {

constexpr std::size_t most = std::size_t{1} << 31;  // so that no sum below overflows

void check(const char* function, const char* name, const Extents& extents, std::size_t axes,
           std::size_t least) {
  if (extents.size() != 1 && extents.size() != axes)
    throw Error("{}: {} takes one number or {}, got {}", function, name, axes, to_string(extents));
  for (const std::size_t extent : extents)
    if (extent < least || extent > most)
      throw Error("{}: {} must be from {} to 2^31, got {}", function, name, least, extent);
}

// The place in x that each place of a padded axis or image shows, or `zero`.
using Sources = std::vector<std::size_t>;
constexpr auto zero = std::size_t(-1);

Sources sources(const std::string& mode, std::size_t n, std::size_t before, std::size_t after) {
  const std::size_t larger = std::max(before, after);
  if (mode == "circular" && larger > n)
    throw Error("pad: Padding value causes wrapping around more than once.");
  if (mode == "reflect" && larger >= n)
    throw Error(
        "pad: Padding size should be less than the corresponding input dimension, but got: padding "
        "({}, {}) of an extent of {}",
        before, after, n);
  Sources result;
  for (std::size_t i = 0; i < before + n + after; ++i) {
    const std::size_t inside = std::clamp(i, before, before + n - 1);
    if (mode == "constant" && i != inside)
      result.push_back(zero);
    else if (mode == "circular")
      result.push_back((i + n - before) % n);
    else
      result.push_back((mode == "reflect" ? 2 * inside - i : inside) - before);
  }
  return result;
}

Tensor padded(const Tensor& x, const std::vector<std::size_t>& padding, const std::string& mode) {
  const Shape& shape = x.shape();
  const std::size_t axes = padding.size() / 2;
  if (std::find(shape.begin() + 2, shape.end(), std::size_t{0}) != shape.end())
    throw Error("pad: input {} is empty", to_string(shape));
  Shape out = shape;
  for (std::size_t i = 0; i < axes; ++i) {  // from the last axis on
    std::size_t& extent = out[axes + 1 - i];
    if (__builtin_add_overflow(extent, padding[2 * i], &extent) ||
        __builtin_add_overflow(extent, padding[2 * i + 1], &extent))
      throw Error("pad: padding ({}) is too large", join(padding, ", "));
  }
  Array y(out, 0);  // first, because this refuses what no memory could hold
  std::array<Sources, 3> axis{Sources{0}, Sources{0}, Sources{0}};
  std::array<std::size_t, 3> extents{1, 1, 1};
  for (std::size_t i = 0; i < axes; ++i) {
    extents[2 - i] = shape[axes + 1 - i];
    axis[2 - i] = sources(mode, extents[2 - i], padding[2 * i], padding[2 * i + 1]);
  }
  Sources pixels;  // of one channel
  for (const std::size_t d : axis[0])
    for (const std::size_t h : axis[1])
      for (const std::size_t w : axis[2])
        pixels.push_back(
            d == zero || h == zero || w == zero ? zero : (d * extents[1] + h) * extents[2] + w);
  // Calls f(first number of a pixel of the padded array, first number of the pixel of x it shows).
  const std::size_t n = shape[0], in_pixels = extents[0] * extents[1] * extents[2];
  const auto each = [pixels, n, in_pixels, channels = shape[1]](const auto& f) {
    for (std::size_t c = 0; c < channels; ++c)
      for (std::size_t i = 0; i < pixels.size(); ++i)
        if (pixels[i] != zero) f((c * pixels.size() + i) * n, (c * in_pixels + pixels[i]) * n);
  };
  const Array input = x.value().batch_last();  // memory [C][spatial...][N]
  if (mode == "constant") y.fill(0);
  each([&](std::size_t to, std::size_t from) {
    std::copy_n(input.data() + from, n, y.data() + to);
  });
  return Tensor::from_op(y, x, [each, shape, n](const Array& g, const Array&) {
    Array dx(shape, 0);
    dx.fill(0);
    const Array grad = g.batch_last();
    each([&](std::size_t to, std::size_t from) {
      for (std::size_t i = 0; i < n; ++i) dx.data()[from + i] += grad.data()[to + i];
    });
    return dx;
  });
}

}  // namespace

void check_positive(const std::string& layer, const char* name, const Extents& extents) {
  for (const std::size_t extent : extents)
    if (extent == 0) throw Error("{}: {} should not be zero", layer, name);
}

Padding::Padding(const std::string& what) : Extents(0), word(what) {
  if (word != "same" && word != "valid")
    throw Error("padding must be numbers, 'same' or 'valid', not '{}'", word);
}

Window make_window(const char* function, const Shape& x, const Extents& kernel,
                   const Extents& stride, const Padding& padding, const Extents& dilation,
                   bool ceil_mode) {
  const std::size_t axes = x.size() - 2;
  const bool same = padding.word == "same";
  check(function, "kernel", kernel, axes, 1);
  check(function, "stride", stride, axes, 1);
  check(function, "padding", padding, axes, 0);
  check(function, "dilation", dilation, axes, 1);
  Window w;
  w.batch = x[0];
  w.in_channels = w.out_channels = x[1];
  Shape scratch{x[0], x[1]};  // the padded input, the most that kernels hold
  for (std::size_t axis = 0; axis < axes; ++axis) {
    const std::size_t i = 3 - axes + axis, in = x[2 + axis], step = stride.of(axis);
    const std::size_t reach = dilation.of(axis) * (kernel.of(axis) - 1) + 1;
    if (same && step != 1)
      throw Error("{}: padding 'same' goes with stride 1, not {}", function, step);
    const std::size_t before = same ? (reach - 1) / 2 : padding.of(axis);
    const std::size_t padded = same ? in + reach - 1 : in + 2 * before;
    if (in > most) throw Error("{}: extents past 2^31 are not supported", function);
    const std::size_t more = ceil_mode ? step - 1 : 0;  // a last window may reach this far beyond
    if (in == 0 || reach > padded + more)
      throw Error(
          "{}: a kernel of {}, dilation {}, does not fit into input {} with "
          "padding {}",
          function, to_string(kernel), to_string(dilation), to_string(x), to_string(padding));
    w.in[i] = in;
    w.kernel[i] = kernel.of(axis);
    w.stride[i] = step;
    w.padding[i] = before;
    w.dilation[i] = dilation.of(axis);
    std::size_t steps = (padded + more - reach) / step;
    if (ceil_mode && steps * step >= in + before) --steps;  // no window beyond the input
    w.out[i] = steps + 1;
    scratch.push_back(padded);
  }
  (void)scratch.numel();  // throws if no memory could hold it
  return w;
}

Shape window_output(const Window& window, std::size_t spatial_axes) {
  Shape shape{window.batch, window.out_channels};
  for (std::size_t i = 3 - spatial_axes; i < 3; ++i) shape.push_back(window.out[i]);
  return shape;
}

Tensor with_batch(const char* function, std::size_t spatial_axes, const Tensor& x,
                  const std::function<Tensor(const Tensor&)>& f) {
  const Shape& shape = x.shape();
  if (shape.size() == spatial_axes + 2) return f(x);
  if (shape.size() != spatial_axes + 1) {
    const char* const spatial[] = {"L", "H, W", "D, H, W"};
    throw Error("{}: expected input [N, C, {}], got {}", function, spatial[spatial_axes - 1],
                to_string(shape));
  }
  std::vector<std::int64_t> batched{1};
  for (const std::size_t extent : shape) batched.push_back(static_cast<std::int64_t>(extent));
  return select(f(reshape(x, batched)), 0, 0);
}

Tensor pad(const Tensor& x, const std::vector<std::size_t>& padding, const std::string& mode) {
  if (mode != "constant" && mode != "circular" && mode != "reflect" && mode != "replicate")
    throw Error("pad: mode must be constant, circular, reflect or replicate, not '{}'", mode);
  if (padding.size() != 2 && padding.size() != 4 && padding.size() != 6)
    throw Error("pad: padding takes 2, 4 or 6 numbers, got ({})", join(padding, ", "));
  return with_batch("pad", padding.size() / 2, x,
                    [&](const Tensor& batch) { return padded(batch, padding, mode); });
}

}  // namespace fanin::FANIN_PRECISION
