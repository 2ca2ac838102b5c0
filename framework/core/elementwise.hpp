#pragma once

#include <vector>

#include "framework/core/array.hpp"
#include "framework/core/kernels/kernels.hpp"

namespace fanin::FANIN_PRECISION {

// Elementwise with NumPy's broadcasting, in the first operand's layout; throw Error on a misfit.
Array add(const Array& a, const Array& b);
Array subtract(const Array& a, const Array& b);
Array multiply(const Array& a, const Array& b);
Array divide(const Array& a, const Array& b);
Array scale(const Array& a, Real factor);

// By one of the kernels that map numbers to numbers, such as kernels().exp.
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

// Copies along an axis: a run of `count` indices of x; several arrays side by side, laid out as the
// first; and a part into zeros of a larger extent.
Array slice(const Array& x, std::size_t axis, std::size_t start, std::size_t count);
Array concat(const std::vector<Array>& parts, std::size_t axis);  // of equal other extents
Array place(const Array& part, std::size_t axis, std::size_t start, std::size_t extent);

Array flat_rows(const Array& x);  // all axes but the last as one

// Sums over the axes named, which are kept with extent 1; x itself without axes.
Array sum_keeping(const Array& x, const std::vector<std::size_t>& axes);

// The transpose of broadcasting: sums x to `shape`; x itself if it has that shape.
Array sum_to(const Array& x, const Shape& shape);

// x under a shape that it broadcasts to, written out; in x's layout if no axis is added.
Array broadcast_to(const Array& x, const Shape& shape);

}  // namespace fanin::FANIN_PRECISION
