#include "framework/ops/activation.hpp"

#include <array>

#include "framework/core/elementwise.hpp"
#include "framework/core/error.hpp"
#include "framework/core/kernels/kernels.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/shape.hpp"

namespace fanin::FANIN_PRECISION {
namespace {

// An activation whose derivative follows from its value.
Tensor activation(const Tensor& x, Activation activation) {
  const auto [forward, backward] = activation_kernels(activation);
  return Tensor::from_op(
      map(forward, x.value()), x,
      [backward = backward](const Array& g, const Array& y) { return zip(backward, y, g); });
}

// An activation whose derivative follows from its input.
Tensor activation(const Tensor& x, const PointwiseKernels& curve, double p0 = 0, double p1 = 0) {
  const std::array<Real, 2> p{static_cast<Real>(p0), static_cast<Real>(p1)};
  const Array input = x.value();
  Array y(input.shape(), input.lane_axis());
  curve.forward(y.size(), p.data(), input.data(), y.data());
  return Tensor::from_op(y, x, [=](const Array& g, const Array&) {
    Array dx(input.shape(), input.lane_axis());
    curve.backward(dx.size(), p.data(), input.data(), g.data(), dx.data());
    return dx;
  });
}

Tensor softmax_along(const char* function, const Tensor& x, std::int64_t dim,
                     const SoftmaxKernels& kernel) {
  const std::size_t axis = resolve_axis(function, dim, x.shape().size());
  // Kernels work on neighbouring columns, so another axis is innermost if there is one.
  const std::size_t lane = axis == 0 && x.shape().size() > 1 ? 1 : 0;
  const Array input = axis == x.value().lane_axis() ? x.value().with_lane_axis(lane) : x.value();
  const AroundAxis at(input, axis);
  Array y(input.shape(), input.lane_axis());
  if (y.size() > 0) kernel.forward(at.before, at.n, at.after, input.data(), y.data());
  return Tensor::from_op(y, x, [=](const Array& g, const Array& out) {
    Array dx(out.shape(), out.lane_axis());
    if (dx.size() > 0) kernel.backward(at.before, at.n, at.after, out.data(), g.data(), dx.data());
    return dx;
  });
}

}  // namespace

Tensor relu(const Tensor& x) { return activation(x, Activation::relu); }
Tensor tanh(const Tensor& x) { return activation(x, Activation::tanh); }
Tensor sigmoid(const Tensor& x) { return activation(x, Activation::sigmoid); }

Tensor leaky_relu(const Tensor& x, double negative_slope) {
  return activation(x, kernels().leaky_relu, negative_slope);
}

Tensor elu(const Tensor& x, double alpha) { return activation(x, kernels().elu, alpha, 1); }

Tensor selu(const Tensor& x) {
  constexpr double alpha = 1.6732632423543772848170429916717;
  constexpr double scale = 1.0507009873554804934193349852946;
  return activation(x, kernels().elu, scale * alpha, scale);
}

Tensor gelu(const Tensor& x, bool by_tanh) {
  return activation(x, by_tanh ? kernels().gelu_tanh : kernels().gelu);
}

Tensor silu(const Tensor& x) { return activation(x, kernels().silu); }

Tensor mish(const Tensor& x) { return activation(x, kernels().mish); }
Tensor hardswish(const Tensor& x) { return activation(x, kernels().hardswish); }
Tensor softsign(const Tensor& x) { return activation(x, kernels().softsign); }
Tensor logsigmoid(const Tensor& x) { return activation(x, kernels().log_sigmoid); }

void check_hardtanh(double min_val, double max_val) {
  if (!(min_val < max_val))
    throw Error("hardtanh: max_val must be larger than min_val={}, but is {}", min_val, max_val);
}

Tensor hardtanh(const Tensor& x, double min_val, double max_val) {
  return activation(x, kernels().hardtanh, min_val, max_val);
}

Tensor softplus(const Tensor& x, double beta, double threshold) {
  return activation(x, kernels().softplus, beta, threshold);
}

Tensor prelu(const Tensor& x, const Tensor& weight) {
  const Shape& shape = x.shape();
  const std::size_t channels = shape.size() < 2 ? 1 : shape[1];
  if (weight.shape().size() != 1 || (weight.size() != 1 && weight.size() != channels))
    throw Error("prelu: input {} does not fit weight {}", to_string(shape),
                to_string(weight.shape()));
  std::vector<std::int64_t> aligned(std::max<std::size_t>(shape.size(), 1), 1);
  if (shape.size() > 1) aligned[1] = static_cast<std::int64_t>(weight.size());
  const Tensor w = reshape(weight, aligned);
  const Array input = x.value(), slope = w.value();
  // The gradient splits into parts above and below zero; at zero it is the weight's, as in PyTorch.
  const auto above = [input](const Array& g) {
    const std::array<Real, 2> none{};
    Array part(input.shape(), input.lane_axis());
    kernels().leaky_relu.backward(part.size(), none.data(), input.data(), g.data(), part.data());
    return part;
  };
  const Array below = scale(map(kernels().relu, scale(input, -1)), -1);
  const Array y = add(map(kernels().relu, input), multiply(below, slope));
  return Tensor::from_op(
      y, {{x,
           [above, slope](const Array& g, const Array&) {
             const Array direct = above(g);
             return add(direct, multiply(subtract(g, direct), slope));
           }},
          {w, [below](const Array& g, const Array&) { return multiply(below, g); }}});
}

Tensor softmax(const Tensor& x, std::int64_t axis) {
  return softmax_along("softmax", x, axis, kernels().softmax);
}

Tensor log_softmax(const Tensor& x, std::int64_t axis) {
  return softmax_along("log_softmax", x, axis, kernels().log_softmax);
}

void check_dropout(double p) {
  if (!(p >= 0 && p <= 1))
    throw Error("dropout probability has to be between 0 and 1, but got {}", p);
}

Tensor dropout(const Tensor& x, double p, bool training, Generator& generator) {
  check_dropout(p);
  if (!training || p == 0 || x.size() == 0) return x;
  if (p == 1) return x * Tensor(Array::full(x.shape(), 0));
  Array keep(x.shape());
  generator.bernoulli(keep, 1 - p);
  const Array factor =
      scale(keep.with_lane_axis(x.value().lane_axis()), static_cast<Real>(1 / (1 - p)));
  return x * Tensor(factor);
}

}  // namespace fanin::FANIN_PRECISION
