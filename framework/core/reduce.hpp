#pragma once

#include <vector>

#include "framework/core/array.hpp"

namespace fanin::FANIN_PRECISION {

// Sums over the axes named, which are kept with extent 1; x itself where none are.
Array sum_keeping(const Array& x, const std::vector<std::size_t>& axes);

// The transpose of broadcasting: sums x to `shape`, to which x is a broadcast. The same array when
// the shapes are equal.
Array sum_to(const Array& x, const Shape& shape);

// x under a shape that it broadcasts to, written out; in x's layout where no axis is added.
Array broadcast_to(const Array& x, const Shape& shape);

}  // namespace fanin::FANIN_PRECISION
