#include "init/beyond.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "framework/core/error.hpp"

namespace fanin::init {

Tensor lecun_trunc_normal_(Tensor tensor, Generator& generator) {
  constexpr double cut_std = 0.87962566103423978;  // of N(0, 1) within [-2, 2]
  const double std = kaiming_std(tensor.shape(), 0, "fan_in", "linear") / cut_std;
  if (!std::isfinite(std))
    throw Error(fmt::format("lecun_trunc_normal_: a tensor of shape {} has no fan in",
                            to_string(tensor.shape())));
  return trunc_normal_exact_(std::move(tensor), 0, std, -2 * std, 2 * std, generator);
}

Tensor orthogonal_gates_(Tensor tensor, double gain, Generator& generator) {
  const Shape shape = tensor.shape();
  if (shape.size() != 2 || shape[1] == 0 || shape[0] % shape[1] != 0)
    throw Error(fmt::format("orthogonal_gates_: expected recurrent weights [gates H, H], got {}",
                            to_string(shape)));
  const std::size_t hidden = shape[1];
  Array gates(shape);
  for (std::size_t gate = 0; gate < shape[0] / hidden; ++gate) {
    const Tensor block = orthogonal_(Tensor(Array({hidden, hidden})), gain, generator);
    std::copy(block.value().begin(), block.value().end(), gates.begin() + gate * hidden * hidden);
  }
  return tensor.copy_(gates);
}

namespace {

// A matrix [O, I] as the weight of a convolution [O, I, kernel...] whose other taps are 0.
Tensor put_in_the_middle(Tensor tensor, const Array& matrix, std::size_t (*middle)(std::size_t)) {
  const Shape& shape = tensor.shape();
  std::size_t taps = 1, at = 0;
  for (std::size_t axis = 2; axis < shape.size(); ++axis) {
    taps *= shape[axis];
    at = at * shape[axis] + middle(shape[axis]);
  }
  Array weights = Array::full(shape, 0);
  const Array rows = matrix.row_major();
  for (std::size_t i = 0; i < rows.size(); ++i) weights.data()[i * taps + at] = rows.data()[i];
  return tensor.copy_(weights);
}

}  // namespace

Tensor delta_orthogonal_(Tensor tensor, double gain, Generator& generator) {
  const Shape& shape = tensor.shape();
  if (shape.size() < 3 || shape[1] > shape[0])
    throw Error(
        fmt::format("delta_orthogonal_: expected a convolution's weight [O, I, kernel...] "
                    "with I <= O, got {}",
                    to_string(shape)));
  const Tensor matrix = orthogonal_(Tensor(Array({shape[0], shape[1]})), gain, generator);
  return put_in_the_middle(std::move(tensor), matrix.value(),
                           [](std::size_t k) { return k == 0 ? 0 : (k - 1) / 2; });
}

Tensor hadamard_(Tensor tensor) {
  const Shape& shape = tensor.shape();
  if (shape.size() < 2)
    throw Error(
        fmt::format("hadamard_: expected two dimensions or more, got {}", to_string(shape)));
  const std::size_t m = shape[0], n = shape[1];
  const double scale = std::sqrt(static_cast<double>(std::bit_ceil(std::max<std::size_t>(m, 1))));
  Array matrix = Array::full({m, n}, 0);
  for (std::size_t i = 0; i < m; ++i)
    for (std::size_t j = 0; j < n; ++j) {
      const double sign = std::popcount(i & j) % 2 == 0 ? 1 : -1;  // Sylvester's
      matrix.data()[i * n + j] = static_cast<Real>(m <= n ? i == j : sign / scale);
    }
  return put_in_the_middle(std::move(tensor), matrix, [](std::size_t k) { return k / 2; });
}

Tensor fan_in_normal_(Tensor tensor, double sigma, Generator& generator) {
  const double std = sigma * kaiming_std(tensor.shape(), 0, "fan_in", "linear");
  return normal_(std::move(tensor), 0, std, generator);
}

Tensor forget_gate_bias_(Tensor tensor, double val) {
  const std::size_t size = tensor.size();
  if (tensor.shape().size() != 1 || size % 4 != 0)
    throw Error(
        fmt::format("forget_gate_bias_: expected a bias [4 H], got {}", to_string(tensor.shape())));
  zeros_(tensor);
  std::fill_n(tensor.value().begin() + size / 4, size / 4, static_cast<Real>(val));
  return tensor;
}

}  // namespace fanin::init
