#include "framework/core/reduce.hpp"

#include "framework/core/kernels/kernels.hpp"
#include "framework/core/xtensor.hpp"

namespace fanin::inline FANIN_PRECISION {

// Axis by axis: as [before][n][after] of memory an axis is a row sum (after = 1) or n additions.
Array sum_keeping(const Array& x, const std::vector<std::size_t>& axes) {
  Array result = x;
  for (std::size_t axis : axes) {
    const Shape memory = result.memory_shape();
    const std::size_t at = result.memory_axis(axis), n = memory[at];
    std::size_t before = 1, after = 1;
    for (std::size_t i = 0; i < at; ++i) before *= memory[i];
    for (std::size_t i = at + 1; i < memory.size(); ++i) after *= memory[i];
    Array sum(result.shape().with(axis, 1), result.lane_axis());
    if (after == 1) {
      kernels().row_sums(before, n, result.data(), sum.data());
    } else {
      sum.fill(0);
      for (std::size_t i = 0; i < before; ++i)
        for (std::size_t j = 0; j < n; ++j)
          kernels().add(after, sum.data() + i * after, result.data() + (i * n + j) * after,
                        sum.data() + i * after);
    }
    result = sum;
  }
  return result;
}

Array sum_to(const Array& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  const std::size_t lead = x.rank() - shape.size();
  std::vector<std::size_t> axes;
  for (std::size_t i = 0; i < x.rank(); ++i)
    if (i < lead || shape[i - lead] != x.shape()[i]) axes.push_back(i);
  return sum_keeping(x, axes).reshape(shape);
}

Array broadcast_to(const Array& x, const Shape& shape) {
  const Array plain = x.row_major();
  return Array(xt::broadcast(memory_view(plain), to_vector(shape)));
}

}  // namespace fanin::inline FANIN_PRECISION
