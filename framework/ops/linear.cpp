#include "framework/ops/linear.hpp"

#include <algorithm>

#include "framework/core/elementwise.hpp"
#include "framework/core/error.hpp"
#include "framework/core/linalg.hpp"

namespace fanin::FANIN_PRECISION {

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
      throw Error("embedding: index {} is no row of weight {}", index, to_string(weight.shape()));
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

}  // namespace fanin::FANIN_PRECISION
