#pragma once

#include <optional>

#include "framework/nn/layers.hpp"
#include "framework/ops/activation.hpp"
#include "framework/ops/arithmetic.hpp"

namespace fanin::FANIN_PRECISION {

// `inplace` only appears when the layer is printed, as in PyTorch; nothing here works in place.
struct Identity : Stateless {
  Identity() : Stateless("Identity", {}, [](const Tensor& x) { return x; }) {}
};

struct ReLU : Stateless {
  explicit ReLU(bool inplace = false) : Stateless("ReLU", {inplace}, relu) {}
};

struct LeakyReLU : Stateless {
  explicit LeakyReLU(Number negative_slope = 0.01, bool inplace = false)
      : Stateless("LeakyReLU", {negative_slope, inplace},
                  [=](const Tensor& x) { return leaky_relu(x, negative_slope.value); }) {}
};

// fastai's, not in PyTorch: leaky_relu(x, leak) - sub, which moves the mean towards 0.
struct GeneralReLU : Stateless {
  explicit GeneralReLU(Number leak = 0.0, Number sub = 0.0)
      : Stateless("GeneralReLU", {leak, sub}, [=](const Tensor& x) {
          return leaky_relu(x, leak.value) - static_cast<Real>(sub.value);
        }) {}
};

struct ELU : Stateless {
  explicit ELU(Number alpha = 1.0, bool inplace = false)
      : Stateless("ELU", {alpha, inplace}, [=](const Tensor& x) { return elu(x, alpha.value); }) {}
};

struct SELU : Stateless {
  explicit SELU(bool inplace = false) : Stateless("SELU", {inplace}, selu) {}
};

struct GELU : Stateless {
  // Exact for "none", or approximated by "tanh".
  explicit GELU(const std::string& approximate = "none")
      : Stateless("GELU", {approximate},
                  [by_tanh = approximate == "tanh"](const Tensor& x) { return gelu(x, by_tanh); }) {
  }
};

struct SiLU : Stateless {
  explicit SiLU(bool inplace = false) : Stateless("SiLU", {inplace}, silu) {}
};

struct Mish : Stateless {
  explicit Mish(bool inplace = false) : Stateless("Mish", {inplace}, mish) {}
};

struct Hardswish : Stateless {
  explicit Hardswish(bool inplace = false) : Stateless("Hardswish", {inplace}, hardswish) {}
};

// Throws Error unless min_val is below max_val, as in PyTorch.
struct Hardtanh : Stateless {
  explicit Hardtanh(Number min_val = -1.0, Number max_val = 1.0, bool inplace = false)
      : Stateless("Hardtanh", {min_val, max_val, inplace},
                  [=](const Tensor& x) { return hardtanh(x, min_val.value, max_val.value); }) {
    check_hardtanh(min_val.value, max_val.value);
  }
};

struct ReLU6 : Stateless {
  explicit ReLU6(bool inplace = false)
      : Stateless("ReLU6", {inplace}, [](const Tensor& x) { return hardtanh(x, 0, 6); }) {}
};

struct Softsign : Stateless {
  Softsign() : Stateless("Softsign", {}, softsign) {}
};

struct LogSigmoid : Stateless {
  LogSigmoid() : Stateless("LogSigmoid", {}, logsigmoid) {}
};

struct Tanh : Stateless {
  Tanh() : Stateless("Tanh", {}, tanh) {}
};

struct Sigmoid : Stateless {
  Sigmoid() : Stateless("Sigmoid", {}, sigmoid) {}
};

struct Softplus : Stateless {
  explicit Softplus(Number beta = 1., Number threshold = 20.)
      : Stateless("Softplus", {beta, threshold},
                  [=](const Tensor& x) { return softplus(x, beta.value, threshold.value); }) {}
};

// The axis `dim`. Without it PyTorch takes axis 0 for rank 0, 1 and 3, and axis 1 for others.
inline std::int64_t softmax_axis(std::optional<std::int64_t> dim, std::size_t rank) {
  return dim.value_or(rank == 0 || rank == 1 || rank == 3 ? 0 : 1);
}

struct Softmax : Stateless {
  explicit Softmax(std::optional<std::int64_t> dim = {})
      : Stateless("Softmax", {dim ? Value(*dim) : Value()}, [=](const Tensor& x) {
          return softmax(x, softmax_axis(dim, x.shape().size()));
        }) {}
};

struct LogSoftmax : Stateless {
  explicit LogSoftmax(std::optional<std::int64_t> dim = {})
      : Stateless("LogSoftmax", {dim ? Value(*dim) : Value()}, [=](const Tensor& x) {
          return log_softmax(x, softmax_axis(dim, x.shape().size()));
        }) {}
};

// x for x > 0 and slope x below, with a learnt slope: one, or one for each channel. Default: 0.25.
struct PReLU : TableLayer {
  explicit PReLU(std::size_t num_parameters = 1, Number init = 0.25)
      : TableLayer("PReLU", {std::int64_t(num_parameters), init}),
        weight(add_parameter("weight",
                             Array::full({num_parameters}, static_cast<Real>(init.value)))) {}
  Tensor forward(const Tensor& x) override { return prelu(x, weight); }

  const Tensor weight;  // [num_parameters]
};

}  // namespace fanin::FANIN_PRECISION
