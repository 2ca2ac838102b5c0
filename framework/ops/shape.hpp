#pragma once

#include "framework/autograd/tensor.hpp"

namespace fanin::FANIN_PRECISION {

// One extent may be -1 and follows from the others. Throws Error if the sizes differ.
Tensor reshape(const Tensor& x, const std::vector<std::int64_t>& shape);
inline Tensor view(const Tensor& x, const std::vector<std::int64_t>& shape) {
  return reshape(x, shape);
}
// Axes [start, end] as one; negative axes count from the end.
Tensor flatten(const Tensor& x, std::int64_t start = 0, std::int64_t end = -1);
Tensor transpose(const Tensor& x, std::int64_t a, std::int64_t b);
// Indices [start, stop) of an axis; negative ones count from the end, as in Python's x[a:b].
Tensor slice(const Tensor& x, std::int64_t axis, std::int64_t start, std::int64_t stop);
// One index of an axis, without that axis: x[:, -1] is select(x, 1, -1).
Tensor select(const Tensor& x, std::int64_t axis, std::int64_t index);
// Joins tensors along an axis; their other extents must agree.
Tensor concat(const std::vector<Tensor>& parts, std::int64_t axis = 0);

// Sums and means over these axes, or all if none are given. `keep` keeps them with extent 1.
Tensor sum(const Tensor& x, const std::vector<std::int64_t>& axes = {}, bool keep = false);
Tensor mean(const Tensor& x, const std::vector<std::int64_t>& axes = {}, bool keep = false);
// The standard deviation of all elements, with divisor n - 1 as in torch.std.
Tensor stddev(const Tensor& x);

}  // namespace fanin::FANIN_PRECISION
