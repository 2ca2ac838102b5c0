#include "init/beyond.hpp"

#include <fmt/format.h>

#include <algorithm>
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
