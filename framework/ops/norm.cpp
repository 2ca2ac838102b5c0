#include "framework/ops/norm.hpp"

#include <algorithm>
#include <cmath>

#include "framework/core/error.hpp"
#include "framework/ops/arithmetic.hpp"

namespace fanin::FANIN_PRECISION {
namespace {

void move_towards(Array& running, const Array& batch, double momentum, double factor) {
  if (!running.defined()) return;
  for (std::size_t c = 0; c < batch.size(); ++c)
    running.data()[c] =
        static_cast<Real>((1 - momentum) * running.data()[c] + momentum * factor * batch.data()[c]);
}

}  // namespace

Tensor batch_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, Array running_mean,
                  Array running_var, bool batch_statistics, double momentum, double eps,
                  Activation activation) {
  const Shape& shape = x.shape();
  if (shape.size() < 2)
    throw Error("batch_norm: expected input [N, C, ...], got {}", to_string(shape));
  const std::size_t channels = shape[1];
  for (const Tensor* parameter : {&weight, &bias})
    if (parameter->defined() && parameter->shape() != Shape{channels})
      throw Error("batch_norm: input {} does not fit {} channels", to_string(shape),
                  parameter->size());
  for (const Array* statistics : {&running_mean, &running_var})
    if (statistics->defined() ? statistics->shape() != Shape{channels} : !batch_statistics)
      throw Error("batch_norm: input {} needs running statistics of {} channels", to_string(shape),
                  channels);
  const std::size_t n = channels == 0 ? 0 : x.size() / channels;
  if (batch_statistics && n < 2)
    throw Error(
        "batch_norm: expected more than 1 value per channel when training, got "
        "input size {}",
        to_string(shape));

  const Array values = x.value().batch_last();  // memory [C][...][N]: a channel is one run
  Array mean({channels}), inv_std({channels});
  if (batch_statistics) {
    kernels().moments(channels, n, values.data(), mean.data(), inv_std.data());
    move_towards(running_mean, mean, momentum, 1);
    move_towards(running_var, inv_std, momentum,
                 static_cast<double>(n) / (static_cast<double>(n) - 1));
  } else {
    mean = running_mean.clone();
    inv_std = running_var.clone();
  }
  // In training with eps = 0 a constant channel becomes its bias, as in PyTorch.
  const bool guarded = batch_statistics && eps == 0;
  for (Real& v : inv_std) v = guarded && v == 0 ? 0 : static_cast<Real>(1 / std::sqrt(v + eps));

  const auto data = [](const Tensor& t) { return t.defined() ? t.value().data() : nullptr; };
  Array y(shape, 0);
  kernels().normalize(channels, n, values.data(), mean.data(), inv_std.data(), data(weight),
                      data(bias), activation, y.data());

  const bool has_weight = weight.defined();
  return Tensor::from_op(y, {x, weight, bias}, [=](const Backward& b) {
    Array dx(shape, 0), dweight({channels}), dbias({channels});
    kernels().normalize_backward(channels, n, values.data(), b.out.data(), b.grad.data(),
                                 mean.data(), inv_std.data(), data(weight), activation,
                                 !batch_statistics, dx.data(), dweight.data(), dbias.data());
    std::vector<Array> gradients{dx};
    if (has_weight) gradients.push_back(dweight);
    if (gradients.size() < b.needs.size()) gradients.push_back(dbias);
    return gradients;
  });
}

Tensor layer_norm(const Tensor& x, const Shape& normalized_shape, const Tensor& weight,
                  const Tensor& bias, double eps) {
  const Shape& shape = x.shape();
  const std::size_t run = normalized_shape.numel(), axes = normalized_shape.size();
  if (axes == 0 || axes > shape.size() || run == 0 ||
      !std::equal(normalized_shape.begin(), normalized_shape.end(), shape.end() - axes))
    throw Error("layer_norm: input {} does not end in normalized_shape {}", to_string(shape),
                to_string(normalized_shape));
  for (const Tensor* parameter : {&weight, &bias})
    if (parameter->defined() && parameter->shape() != normalized_shape)
      throw Error("layer_norm: parameter {} does not fit normalized_shape {}",
                  to_string(parameter->shape()), to_string(normalized_shape));

  // These are batch norm's kernels, with a sample's run in the place of a channel.
  const Array values = x.value().row_major();
  const std::size_t runs = x.size() / run;
  Array mean({runs}), inv_std({runs}), xhat(shape);
  kernels().moments(runs, run, values.data(), mean.data(), inv_std.data());
  for (Real& v : inv_std) v = static_cast<Real>(1 / std::sqrt(v + eps));
  kernels().normalize(runs, run, values.data(), mean.data(), inv_std.data(), nullptr, nullptr,
                      Activation::none, xhat.data());
  Tensor y = Tensor::from_op(xhat, x, [=](const Array& g, const Array& out) {
    Array dx(g.shape()), dweight({runs}), dbias({runs});
    kernels().normalize_backward(runs, run, values.data(), out.data(), g.data(), mean.data(),
                                 inv_std.data(), nullptr, Activation::none, false, dx.data(),
                                 dweight.data(), dbias.data());
    return dx;
  });
  if (weight.defined()) y = y * weight;
  return bias.defined() ? y + bias : y;
}

}  // namespace fanin::FANIN_PRECISION
