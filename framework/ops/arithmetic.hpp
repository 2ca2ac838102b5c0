#pragma once

#include <optional>

#include "framework/autograd/tensor.hpp"
#include "framework/core/generator.hpp"
#include "framework/core/kernels/kernels.hpp"

namespace fanin::FANIN_PRECISION {

// Arithmetic with NumPy's broadcasting. Throws Error if the shapes do not fit.
Tensor operator+(const Tensor& a, const Tensor& b);
Tensor operator-(const Tensor& a, const Tensor& b);
Tensor operator*(const Tensor& a, const Tensor& b);
Tensor operator/(const Tensor& a, const Tensor& b);
Tensor operator+(const Tensor& a, Real b);
Tensor operator-(const Tensor& a, Real b);
Tensor operator*(const Tensor& a, Real b);
Tensor operator/(const Tensor& a, Real b);
Tensor operator+(Real a, const Tensor& b);
Tensor operator-(Real a, const Tensor& b);
Tensor operator*(Real a, const Tensor& b);
Tensor operator/(Real a, const Tensor& b);
Tensor operator-(const Tensor& x);

Tensor exp(const Tensor& x);
Tensor log(const Tensor& x);
Tensor sqrt(const Tensor& x);

// [..., M, K] x [K, N] -> [..., M, N]. Throws Error if the shapes do not fit.
Tensor matmul(const Tensor& a, const Tensor& b);

// activation(x W^T + b): x [..., in], weight [out, in], bias [out] or undefined -> [..., out].
// Throws Error if the shapes do not fit.
Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
              Activation activation = Activation::none);

// Rows of a table: whole numbers of any shape [...] and weight [V, E] -> [..., E]. The row
// `padding_idx` gets no gradient. Throws Error for an index that is no row.
Tensor embedding(const Array& indices, const Tensor& weight,
                 std::optional<std::size_t> padding_idx = {});

// New tensors. rand draws U[0, 1) and randn N(0, 1), as PyTorch does.
Tensor empty(const Shape& shape);
Tensor zeros(const Shape& shape);
Tensor ones(const Shape& shape);
Tensor full(const Shape& shape, Real value);
Tensor rand(const Shape& shape, Generator& generator = default_generator());
Tensor randn(const Shape& shape, Generator& generator = default_generator());
Tensor arange(Real end);                             // 0, 1, ... below end
Tensor arange(Real start, Real end, Real step = 1);  // throws Error if the steps never reach end

}  // namespace fanin::FANIN_PRECISION
