#pragma once

#include "framework/autograd/tensor.hpp"
#include "framework/core/generator.hpp"

namespace fanin::FANIN_PRECISION {

// Arithmetic with NumPy's broadcasting; throws Error if shapes do not fit.
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

// [M, K] x [K, N] -> [M, N]; leading axes of the first operand, [..., M, K], are kept.
Tensor matmul(const Tensor& a, const Tensor& b);

// New tensors. rand draws U[0, 1) and randn N(0, 1), as PyTorch does.
Tensor empty(const Shape& shape);
Tensor zeros(const Shape& shape);
Tensor ones(const Shape& shape);
Tensor full(const Shape& shape, Real value);
Tensor rand(const Shape& shape, Generator& generator = default_generator());
Tensor randn(const Shape& shape, Generator& generator = default_generator());
Tensor arange(Real end);                             // 0, 1, ... below end
Tensor arange(Real start, Real end, Real step = 1);  // throws Error if the step leads nowhere

}  // namespace fanin::FANIN_PRECISION
