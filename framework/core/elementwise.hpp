#pragma once

#include <vector>

#include "framework/core/array.hpp"
#include "framework/core/kernels/kernels.hpp"

namespace fanin::FANIN_PRECISION {

// Elementwise with NumPy's broadcasting, in the first operand's layout; throw Error if shapes do
// not fit.
Array add(const Array& a, const Array& b);
Array subtract(const Array& a, const Array& b);
Array multiply(const Array& a, const Array& b);
Array divide(const Array& a, const Array& b);
Array scale(const Array& a, Real factor);

// The numbers of x, or pairs of a and b, through a kernel such as kernels().exp or kernels().add.
Array map(MapKernel kernel, const Array& x);
Array zip(ZipKernel kernel, const Array& a, const Array& b);  // of equal shapes

struct ActivationKernels {  // null for none
  MapKernel forward;
  ZipKernel backward;  // from the output and its gradient
};
ActivationKernels activation_kernels(Activation activation);

// An array's memory as [before][n][after] around one of its axes.
struct AroundAxis {
  AroundAxis(const Array& x, std::size_t axis);
  std::size_t before = 1, n = 1, after = 1;
};

// `count` indices of an axis, from `start` on.
Array slice(const Array& x, std::size_t axis, std::size_t start, std::size_t count);
// Joins arrays along an axis, in the layout of the first. Their other extents must be equal.
Array concat(const std::vector<Array>& parts, std::size_t axis);
// Zeros of this extent along an axis, except for `part`, which takes the indices from `start` on.
Array place(const Array& part, std::size_t axis, std::size_t start, std::size_t extent);

// Sums over these axes, which stay with extent 1; x itself if there are no axes.
Array sum_keeping(const Array& x, const std::vector<std::size_t>& axes);

// Sums x over the axes along which `shape` was broadcast to x's; x itself if it has that shape.
Array sum_to(const Array& x, const Shape& shape);

// Repeats x to a shape that it broadcasts to; in x's layout if no axis is added.
Array broadcast_to(const Array& x, const Shape& shape);

}  // namespace fanin::FANIN_PRECISION
