#include "framework/ops/window.hpp"

#include "framework/core/error.hpp"
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
  Shape scratch{x[0], x[1]};  // what kernels hold at most: the padded input
  for (std::size_t axis = 0; axis < axes; ++axis) {
    const std::size_t i = 3 - axes + axis, in = x[2 + axis], step = stride.of(axis);
    const std::size_t reach = dilation.of(axis) * (kernel.of(axis) - 1) + 1;
    if (same && step != 1)
      throw Error("{}: padding 'same' goes with stride 1, not {}", function, step);
    const std::size_t before = same ? (reach - 1) / 2 : padding.of(axis);
    const std::size_t padded = same ? in + reach - 1 : in + 2 * before;
    if (in > most) throw Error("{}: extents past 2^31 are not supported", function);
    const std::size_t more = ceil_mode ? step - 1 : 0;  // a last window may reach so far beyond
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
  (void)scratch.numel();  // throws where no memory could hold it
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

}  // namespace fanin::FANIN_PRECISION
