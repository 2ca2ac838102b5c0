#include "init/beyond.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "framework/core/error.hpp"
#include "framework/nn/layer_table.hpp"
#include "init/mean_field.hpp"

namespace fanin::init {
namespace {

// The convolution [out, in, kernel...] with the matrix [out, in] at place(k) on each of its
// kernel's axes and 0 elsewhere.
template <class Place>
Tensor fill_tap(const Tensor& tensor, const Array& matrix, const Place& place) {
  const Shape& shape = tensor.shape();
  std::size_t size = 1, tap = 0;
  for (std::size_t axis = 2; axis < shape.size(); ++axis) {
    size *= shape[axis];
    tap = tap * shape[axis] + place(shape[axis]);
  }
  Array filled = Array::full(shape, 0);
  for (std::size_t i = 0; i < matrix.size() && size > 0; ++i)
    filled.data()[i * size + tap] = matrix.data()[i];
  return tensor.copy_(filled);
}

double spread(const Array& x) {
  const auto n = static_cast<double>(x.size());
  double mean = 0, square = 0;
  for (const Real value : x) mean += value / n;
  for (const Real value : x) square += (value - mean) * (value - mean);
  return std::sqrt(square / n);
}

}  // namespace

Tensor lecun_trunc_normal_(Tensor tensor, Generator& generator) {
  constexpr double cut_std = 0.87962566103423978;  // of N(0, 1) within [-2, 2]
  const double std = scaled_std(tensor.shape(), Fan::in) / cut_std;
  if (!std::isfinite(std))
    throw Error("lecun_trunc_normal_: a tensor of shape {} has no fan in",
                to_string(tensor.shape()));
  return trunc_normal_(std::move(tensor), 0, std, -2 * std, 2 * std, generator);
}

Tensor orthogonal_gates_(Tensor tensor, double gain, Generator& generator) {
  const Shape shape = tensor.shape();
  if (shape.size() != 2 || shape[1] == 0 || shape[0] % shape[1] != 0)
    throw Error("orthogonal_gates_: expected recurrent weights [gates H, H], got {}",
                to_string(shape));
  const std::size_t hidden = shape[1];
  Array gates(shape);
  for (std::size_t gate = 0; gate < shape[0] / hidden; ++gate) {
    const Tensor block = orthogonal_(Tensor(Array({hidden, hidden})), gain, generator);
    std::copy(block.value().begin(), block.value().end(), gates.begin() + gate * hidden * hidden);
  }
  return tensor.copy_(gates);
}

Tensor forget_gate_bias_(Tensor tensor, double val) {
  const std::size_t size = tensor.size();
  if (tensor.shape().size() != 1 || size % 4 != 0)
    throw Error("forget_gate_bias_: expected a bias [4 H], got {}", to_string(tensor.shape()));
  zeros_(tensor);
  std::fill_n(tensor.value().begin() + size / 4, size / 4, static_cast<Real>(val));
  return tensor;
}

Tensor identity_(Tensor tensor, double gain) {
  eye_(tensor);
  for (Real& value : tensor.value()) value *= static_cast<Real>(gain);
  return tensor;
}

Tensor delta_orthogonal_(Tensor tensor, double gain, Generator& generator) {
  const Shape& shape = tensor.shape();
  if (shape.size() < 3 || shape.size() > 5 || shape[1] > shape[0])
    throw Error(
        "delta_orthogonal_: expected a convolution [out, in, kernel...] with in <= out, "
        "got {}",
        to_string(shape));
  const Tensor centre = orthogonal_(Tensor(Array({shape[0], shape[1]})), gain, generator);
  return fill_tap(tensor, centre.value(), [](std::size_t k) { return (k - 1) / 2; });
}

Tensor hadamard_identity_(Tensor tensor) {
  const Shape& shape = tensor.shape();
  if (shape.size() < 2 || shape.size() > 5)
    throw Error(
        "hadamard_identity_: expected a matrix or a convolution [out, in, kernel...], got {}",
        to_string(shape));
  const std::size_t m = shape[0], n = shape[1];
  const double scale = 1 / std::sqrt(static_cast<double>(std::bit_ceil(m)));
  Array matrix({m, n});
  for (std::size_t i = 0; i < m; ++i)
    for (std::size_t j = 0; j < n; ++j) {
      const double sign = std::popcount(i & j) % 2 == 0 ? 1 : -1;  // Sylvester's Hadamard matrix
      matrix.data()[i * n + j] = static_cast<Real>(m <= n ? i == j : sign * scale);
    }
  return fill_tap(tensor, matrix, [](std::size_t k) { return k / 2; });
}

double mean_field_std(const Shape& shape, double sigma_w, double sigma_b) {
  if (!(sigma_w >= 0) || !(sigma_b >= 0))
    throw Error("sigma_w and sigma_b must not be negative, got {} and {}", sigma_w, sigma_b);
  return shape.size() == 1 ? sigma_b : sigma_w * scaled_std(shape, Fan::in);
}

Tensor mean_field_normal_(Tensor tensor, double sigma_w, double sigma_b, Generator& generator) {
  return normal_(tensor, 0, mean_field_std(tensor.shape(), sigma_w, sigma_b), generator);
}

Tensor critical_normal_(Tensor tensor, const PointwiseActivation& phi, double q,
                        Generator& generator) {
  const MeanField net = critical(phi, q);
  return mean_field_normal_(std::move(tensor), net.sigma_w, net.sigma_b, generator);
}

double stable_std(const Shape& shape, const PointwiseActivation& phi) {
  const MeanField net = stable(phi);
  return mean_field_std(shape, net.sigma_w, net.sigma_b);
}

Tensor stable_normal_(Tensor tensor, const PointwiseActivation& phi, Generator& generator) {
  return normal_(tensor, 0, stable_std(tensor.shape(), phi), generator);
}

double analytic_std(const Shape& shape, const PointwiseActivation& phi, const std::string& mode) {
  if (mode != "fan_in" && mode != "fan_out")
    throw Error("analytic_normal_: mode must be one of fan_in, fan_out, got \"{}\"", mode);
  return mode == "fan_in" ? analytic_gain(phi) * scaled_std(shape, Fan::in)
                          : backward_gain(phi) * scaled_std(shape, Fan::out);
}

Tensor analytic_normal_(Tensor tensor, const PointwiseActivation& phi, const std::string& mode,
                        Generator& generator) {
  return normal_(tensor, 0, analytic_std(tensor.shape(), phi, mode), generator);
}

void lsuv_(Module& model, const Array& images, double tol, std::size_t tries,
           const std::optional<std::vector<Module*>>& layers) {
  const NoGrad no_grad;
  const KeepState keep(model);
  model.train();
  for (const auto& [path, layer] : model.named_modules()) {
    if (kind_of(*layer) != LayerKind::affine) continue;
    if (layers && std::ranges::find(*layers, layer) == layers->end()) continue;
    double std = std::nan("");
    const auto hook = layer->register_forward_hook([&std](Module&, const Tensor&, const Tensor& y) {
      if (std::isnan(std)) std = spread(y.value());  // of a layer called twice, the first time
    });
    for (std::size_t done = 0;; ++done) {
      std = std::nan("");
      model(Tensor(images));
      if (std::abs(std - 1) <= tol) break;
      if (!std::isfinite(std) || std == 0 || done == tries)
        throw Error(
            "lsuv: the output of {} {} has a standard deviation of {:.4g} after "
            "{} tries, and cannot be brought to 1",
            layer->type(), path, std, done);
      for (Real& weight : layer->parameter("weight")->value())
        weight = static_cast<Real>(weight / std);
    }
  }
}

}  // namespace fanin::init
