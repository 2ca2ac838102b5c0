#include "framework/core/elementwise.hpp"

#include <algorithm>

#include "framework/core/kernels/kernels.hpp"
#include "framework/core/reduce.hpp"

namespace fanin::FANIN_PRECISION {
namespace {

Array combine(const char* function, ZipKernel kernel, const Array& a, const Array& b) {
  if (a.shape() == b.shape()) return zip(kernel, a, b);
  const Shape shape = broadcast_shape(function, a.shape(), b.shape());
  return zip(kernel, broadcast_to(a, shape), broadcast_to(b, shape));
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
    const Array laid_out = part.with_lane_axis(y.lane_axis());
    const AroundAxis s(laid_out, axis);
    for (std::size_t i = 0; i < s.before; ++i)
      std::copy_n(laid_out.data() + i * s.n * s.after, s.n * s.after,
                  y.data() + (i * extent + start) * s.after);
    start += s.n;
  }
  return y;
}

Array place(const Array& part, std::size_t axis, std::size_t start, std::size_t extent) {
  const AroundAxis s(part, axis);
  Array y(part.shape().with(axis, extent), part.lane_axis());
  y.fill(0);
  for (std::size_t i = 0; i < s.before; ++i)
    std::copy_n(part.data() + i * s.n * s.after, s.n * s.after,
                y.data() + (i * extent + start) * s.after);
  return y;
}

}  // namespace fanin::FANIN_PRECISION
