#include "framework/core/elementwise.hpp"

#include <algorithm>
#include <bit>

namespace fanin::FANIN_PRECISION {
namespace {

Array combine(const char* function, ZipKernel kernel, const Array& a, const Array& b) {
  if (a.shape() == b.shape()) return zip(kernel, a, b);
  const Shape shape = broadcast_shape(function, a.shape(), b.shape());
  return zip(kernel, broadcast_to(a, shape), broadcast_to(b, shape));
}

// Copies a part into y, which has the same layout, from index `start` of an axis on.
void paste(const Array& part, std::size_t axis, std::size_t start, Array& y) {
  const AroundAxis s(part, axis);
  const std::size_t run = s.n * s.after, step = y.shape()[axis] * s.after;
  for (std::size_t i = 0; i < s.before; ++i)
    std::copy_n(part.data() + i * run, run, y.data() + i * step + start * s.after);
}

// Adds the n rows of x [n][after]. One call adds many narrow rows side by side, as a call costs
// more than their numbers; in the end the sums are folded.
void add_rows(std::size_t n, std::size_t after, const Real* x, Real* sum) {
  constexpr std::size_t wide = 512;
  const std::size_t most = std::clamp<std::size_t>(n, 1, wide / after + 1);
  const std::size_t rows = std::bit_floor(most);
  Array sums = Array::full({rows, after}, 0);
  for (; n > 0; n -= std::min(n, rows), x += rows * after)
    kernels().add(std::min(n, rows) * after, sums.data(), x, sums.data());
  for (std::size_t half = rows / 2; half > 0; half /= 2)
    kernels().add(half * after, sums.data(), sums.data() + half * after, sums.data());
  std::copy_n(sums.data(), after, sum);
}

}  // namespace

AroundAxis::AroundAxis(const Array& x, std::size_t axis) {
  const Shape memory = x.memory_shape();
  const std::size_t at = x.memory_axis(axis);
  n = memory[at];
  for (std::size_t i = 0; i < at; ++i) before *= memory[i];
  for (std::size_t i = at + 1; i < memory.size(); ++i) after *= memory[i];
}

Array map(MapKernel kernel, const Array& x) {
  Array y(x.shape(), x.lane_axis());
  kernel(x.size(), x.data(), y.data());
  return y;
}

Array zip(ZipKernel kernel, const Array& a, const Array& b) {
  const Array other = b.with_lane_axis(a.lane_axis());
  Array y(a.shape(), a.lane_axis());
  kernel(a.size(), a.data(), other.data(), y.data());
  return y;
}

ActivationKernels activation_kernels(Activation activation) {
  switch (activation) {
    case Activation::relu: return {kernels().relu, kernels().relu_backward};
    case Activation::tanh: return {kernels().tanh, kernels().tanh_backward};
    case Activation::sigmoid: return {kernels().sigmoid, kernels().sigmoid_backward};
    default: return {};
  }
}

Array add(const Array& a, const Array& b) { return combine("add", kernels().add, a, b); }
Array subtract(const Array& a, const Array& b) {
  return combine("subtract", kernels().subtract, a, b);
}
Array multiply(const Array& a, const Array& b) {
  return combine("multiply", kernels().multiply, a, b);
}
Array divide(const Array& a, const Array& b) { return combine("divide", kernels().divide, a, b); }

Array scale(const Array& a, Real factor) {
  Array y(a.shape(), a.lane_axis());
  kernels().scale(a.size(), factor, a.data(), y.data());
  return y;
}

Array slice(const Array& x, std::size_t axis, std::size_t start, std::size_t count) {
  const AroundAxis s(x, axis);
  Array y(x.shape().with(axis, count), x.lane_axis());
  for (std::size_t i = 0; i < s.before; ++i)
    std::copy_n(x.data() + (i * s.n + start) * s.after, count * s.after,
                y.data() + i * count * s.after);
  return y;
}

Array concat(const std::vector<Array>& parts, std::size_t axis) {
  std::size_t extent = 0;
  for (const Array& part : parts) extent += part.shape()[axis];
  Array y(parts[0].shape().with(axis, extent), parts[0].lane_axis());
  std::size_t start = 0;
  for (const Array& part : parts) {
    paste(part.with_lane_axis(y.lane_axis()), axis, start, y);
    start += part.shape()[axis];
  }
  return y;
}

Array place(const Array& part, std::size_t axis, std::size_t start, std::size_t extent) {
  Array y(part.shape().with(axis, extent), part.lane_axis());
  y.fill(0);
  paste(part, axis, start, y);
  return y;
}

// An axis, seen as [before][n][after] in memory, takes a row sum (after = 1) or n additions.
Array sum_keeping(const Array& x, const std::vector<std::size_t>& axes) {
  Array result = x;
  for (std::size_t axis : axes) {
    const auto [before, n, after] = AroundAxis(result, axis);
    Array sum(result.shape().with(axis, 1), result.lane_axis());
    if (after == 1) {
      kernels().row_sums(before, n, result.data(), sum.data());
    } else if (after > 0) {
      for (std::size_t i = 0; i < before; ++i)
        add_rows(n, after, result.data() + i * n * after, sum.data() + i * after);
    }
    result = sum;
  }
  return result;
}

Array sum_to(const Array& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  const std::size_t lead = x.rank() - shape.size();
  std::vector<std::size_t> axes;
  for (std::size_t i = 0; i < x.rank(); ++i)
    if (i < lead || shape[i - lead] != x.shape()[i]) axes.push_back(i);
  return sum_keeping(x, axes).reshape(shape);
}

Array broadcast_to(const Array& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  Shape aligned;
  for (std::size_t i = x.rank(); i < shape.size(); ++i) aligned.push_back(1);
  for (const std::size_t extent : x.shape()) aligned.push_back(extent);
  Array result = x.reshape(aligned);
  for (std::size_t axis = shape.size(); axis-- > 0;) {
    if (aligned[axis] == shape[axis]) continue;
    const AroundAxis s(result, axis);  // its extent is 1
    Array repeated(result.shape().with(axis, shape[axis]), result.lane_axis());
    Real* to = repeated.data();
    for (std::size_t i = 0; i < s.before; ++i)
      for (std::size_t j = 0; j < shape[axis]; ++j, to += s.after)
        std::copy_n(result.data() + i * s.after, s.after, to);
    result = repeated;
  }
  return result;
}

}  // namespace fanin::FANIN_PRECISION
