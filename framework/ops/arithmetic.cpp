#include "framework/ops/arithmetic.hpp"

#include <algorithm>
#include <cmath>

#include "framework/core/elementwise.hpp"
#include "framework/core/error.hpp"
#include "framework/core/linalg.hpp"

namespace fanin::FANIN_PRECISION {
namespace {

Array identity(const Array& grad, const Array&) { return grad; }
Array negated(const Array& grad, const Array&) { return scale(grad, -1); }
Tensor scalar(Real value) { return Tensor(Array::scalar(value)); }

// A rank-2 array lies row by row, or, with lane axis 0, column by column.
Matrix matrix(const Array& x) {
  const std::size_t rows = x.shape()[0], columns = x.shape()[1];
  return x.is_row_major() ? Matrix{x.data(), rows, columns, std::max<std::size_t>(columns, 1)}
                          : Matrix{x.data(), rows, columns, std::max<std::size_t>(rows, 1), true};
}

Array multiplied(const Array& a, const Array& b) {
  Array c({a.shape()[0], b.shape()[1]});
  if (a.shape()[1] == 0) c.fill(0);
  if (c.size() > 0 && a.shape()[1] > 0) blas_gemm(matrix(a), matrix(b), 0, c.data());
  return c;
}

// All axes but the last as one.
Array flat_rows(const Array& x) {
  if (x.rank() == 2) return x;
  const std::size_t last = x.shape().back();
  return x.reshape({x.size() / std::max<std::size_t>(last, 1), last});
}

Array transposed(const Array& x) { return x.permute({1, 0}); }

}  // namespace

Tensor operator+(const Tensor& a, const Tensor& b) {
  return Tensor::from_op(add(a.value(), b.value()), {{a, identity}, {b, identity}});
}

Tensor operator-(const Tensor& a, const Tensor& b) {
  return Tensor::from_op(subtract(a.value(), b.value()), {{a, identity}, {b, negated}});
}

Tensor operator*(const Tensor& a, const Tensor& b) {
  return Tensor::from_op(
      multiply(a.value(), b.value()),
      {{a, [b](const Array& g, const Array&) { return multiply(g, b.value()); }},
       {b, [a](const Array& g, const Array&) { return multiply(g, a.value()); }}});
}

Tensor operator/(const Tensor& a, const Tensor& b) {
  return Tensor::from_op(divide(a.value(), b.value()),
                         {{a, [b](const Array& g, const Array&) { return divide(g, b.value()); }},
                          {b, [b](const Array& g, const Array& y) {
                             return scale(divide(multiply(g, y), b.value()), -1);
                           }}});
}

Tensor operator+(const Tensor& a, Real b) { return a + scalar(b); }
Tensor operator-(const Tensor& a, Real b) { return a - scalar(b); }
Tensor operator*(const Tensor& a, Real b) {
  return Tensor::from_op(scale(a.value(), b), a,
                         [b](const Array& g, const Array&) { return scale(g, b); });
}
Tensor operator/(const Tensor& a, Real b) { return a / scalar(b); }
Tensor operator+(Real a, const Tensor& b) { return scalar(a) + b; }
Tensor operator-(Real a, const Tensor& b) { return scalar(a) - b; }
Tensor operator*(Real a, const Tensor& b) { return b * a; }
Tensor operator/(Real a, const Tensor& b) { return scalar(a) / b; }
Tensor operator-(const Tensor& x) { return x * Real(-1); }

Tensor exp(const Tensor& x) {
  return Tensor::from_op(map(kernels().exp, x.value()), x,
                         [](const Array& g, const Array& y) { return multiply(g, y); });
}

Tensor log(const Tensor& x) {
  return Tensor::from_op(map(kernels().log, x.value()), x,
                         [x](const Array& g, const Array&) { return divide(g, x.value()); });
}

Tensor sqrt(const Tensor& x) {
  return Tensor::from_op(map(kernels().sqrt, x.value()), x, [](const Array& g, const Array& y) {
    return scale(divide(g, y), Real(0.5));
  });
}

Tensor matmul(const Tensor& a, const Tensor& b) {
  const Shape& x = a.shape();
  if (x.size() < 2 || b.shape().size() != 2 || x.back() != b.shape()[0])
    throw Error("matmul: {} does not multiply {}; expected [..., M, K] and [K, N]", to_string(x),
                to_string(b.shape()));
  return Tensor::from_op(
      multiplied(flat_rows(a.value()), b.value()).reshape(x.with(x.size() - 1, b.shape()[1])),
      {{a,
        [a, b](const Array& g, const Array&) {
          return multiplied(flat_rows(g), transposed(b.value())).reshape(a.shape());
        }},
       {b, [a](const Array& g, const Array&) {
          return multiplied(transposed(flat_rows(a.value())), flat_rows(g));
        }}});
}

Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias, Activation activation) {
  const Shape shape = x.shape(), w = weight.shape();
  if (w.size() != 2 || shape.empty() || shape.back() != w[1])
    throw Error("linear: input {} does not fit weight {}", to_string(shape), to_string(w));
  if (bias.defined() && bias.shape() != Shape{w[0]})
    throw Error("linear: bias {} does not fit weight {}", to_string(bias.shape()), to_string(w));
  const std::size_t in = w[1], out = w[0];
  const Array w_rows = weight.value().row_major();          // memory [out][in]
  const Array columns = flat_rows(x.value()).batch_last();  // memory [in][rows]
  const std::size_t rows = columns.shape()[0];

  Array y({rows, out}, 0);
  product({w_rows.data(), out, in, in}, columns.data(), rows,
          bias.defined() ? bias.value().data() : nullptr, y.data());
  const ActivationKernels act = activation_kernels(activation);
  if (act.forward) act.forward(y.size(), y.data(), y.data());  // while it is in the cache

  return Tensor::from_op(
      y.reshape(shape.with(shape.size() - 1, out)), {x, weight, bias},
      [shape, w_rows, columns, in, out, rows, act](const Backward& b) {
        const Array before = act.backward ? zip(act.backward, b.out, b.grad) : b.grad;
        const Array g = flat_rows(before).batch_last();  // memory [out][rows]
        std::vector<Array> gradients(b.needs.size());
        if (b.needs[0]) {  // dx^T = W^T g
          Array dx({rows, in}, 0);
          product({w_rows.data(), in, out, in, true}, g.data(), rows, nullptr, dx.data());
          gradients[0] = dx.reshape(shape);
        }
        if (b.needs[1]) {  // dW = g x
          Array dw({out, in});
          product({g.data(), out, rows, rows}, columns.row_major().data(), in, nullptr, dw.data());
          gradients[1] = dw;
        }
        if (b.needs.size() > 2 && b.needs[2]) {
          gradients[2] = Array({out});
          kernels().row_sums(out, rows, g.data(), gradients[2].data());
        }
        return gradients;
      });
}

Tensor embedding(const Array& indices, const Tensor& weight,
                 std::optional<std::size_t> padding_idx) {
  if (weight.shape().size() != 2)
    throw Error("embedding: expected weight [V, E], got {}", to_string(weight.shape()));
  const std::size_t rows = weight.shape()[0], extent = weight.shape()[1];
  const Array plain = indices.row_major(), rows_of = weight.value().row_major();
  std::vector<std::size_t> picked;
  for (Real index : plain) {
    if (!(index >= 0) || index >= static_cast<Real>(rows) ||
        index != static_cast<Real>(static_cast<std::size_t>(index)))
      throw Error("embedding: index {} is not a row number of weight {}", index,
                  to_string(weight.shape()));
    picked.push_back(static_cast<std::size_t>(index));
  }
  Shape shape = indices.shape();
  shape.push_back(extent);
  Array y(shape);
  for (std::size_t i = 0; i < picked.size(); ++i)
    std::copy_n(rows_of.data() + picked[i] * extent, extent, y.data() + i * extent);

  return Tensor::from_op(y, weight, [=, table = weight.shape()](const Array& g, const Array&) {
    Array dw = Array::full(table, 0);
    for (std::size_t i = 0; i < picked.size(); ++i) {
      Real* row = dw.data() + picked[i] * extent;
      if (picked[i] != padding_idx) kernels().add(extent, row, g.data() + i * extent, row);
    }
    return dw;
  });
}

Tensor empty(const Shape& shape) { return Tensor(Array(shape)); }
Tensor zeros(const Shape& shape) { return full(shape, 0); }
Tensor ones(const Shape& shape) { return full(shape, 1); }
Tensor full(const Shape& shape, Real value) { return Tensor(Array::full(shape, value)); }

Tensor rand(const Shape& shape, Generator& generator) {
  Array x(shape);
  generator.uniform(x, 0, 1);
  return Tensor(x);
}

Tensor randn(const Shape& shape, Generator& generator) {
  Array x(shape);
  generator.normal(x, 0, 1);
  return Tensor(x);
}

Tensor arange(Real end) { return arange(0, end); }

Tensor arange(Real start, Real end, Real step) {
  const double count = std::ceil((static_cast<double>(end) - start) / step);
  if (!(count >= 0) || count > 0x1p48)
    throw Error("arange: steps of {} do not lead from {} to {}", step, start, end);
  Array x({static_cast<std::size_t>(count)});
  for (std::size_t i = 0; i < x.size(); ++i)
    x.data()[i] = static_cast<Real>(static_cast<double>(start) + static_cast<double>(i) * step);
  return Tensor(x);
}

}  // namespace fanin::FANIN_PRECISION
