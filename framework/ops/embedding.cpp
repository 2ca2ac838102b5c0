#include "framework/ops/embedding.hpp"

#include <algorithm>

#include "framework/core/error.hpp"
#include "framework/core/kernels/kernels.hpp"

namespace fanin::FANIN_PRECISION {

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

  return Tensor::from_op(y, {{weight, [=, table = weight.shape()](const Array& g, const Array&) {
                                Array dw = Array::full(table, 0);
                                for (std::size_t i = 0; i < picked.size(); ++i) {
                                  Real* row = dw.data() + picked[i] * extent;
                                  if (picked[i] != padding_idx)
                                    kernels().add(extent, row, g.data() + i * extent, row);
                                }
                                return dw;
                              }}});
}

}  // namespace fanin::FANIN_PRECISION
