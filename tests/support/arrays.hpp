#pragma once

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "framework/core/array.hpp"

// For tests of arrays: random arrays, plain loops over indices, and comparisons.
namespace fanin {

// Uniform in [low, high). It gives the same numbers on every system; the standard's distributions
// may not.
inline double uniform(std::mt19937& random, double low, double high) {
  return low + (high - low) * (static_cast<double>(random()) * 0x1p-32);
}

// A random whole number from low to high, inclusive.
inline std::size_t pick(std::mt19937& random, std::size_t low, std::size_t high) {
  return low + random() % (high - low + 1);
}

inline Array random_array(std::mt19937& random, const Shape& shape, std::size_t lane_axis,
                          double low = -1, double high = 1) {
  Array x(shape, lane_axis);
  for (Real& value : x) value = static_cast<Real>(uniform(random, low, high));
  return x;
}

inline Array random_array(std::mt19937& random, const Shape& shape) {
  return random_array(random, shape, shape.empty() ? 0 : shape.size() - 1);
}

inline Shape random_shape(std::mt19937& random, std::size_t rank, std::size_t most) {
  Shape shape;
  for (std::size_t i = 0; i < rank; ++i) shape.push_back(pick(random, 1, most));
  return shape;
}

using Index = std::vector<std::size_t>;

// Calls visit(index) for every index of a shape, in row-major order.
template <class Visit>
void for_each_index(const Shape& shape, Visit visit) {
  Index index(shape.size(), 0);
  for (std::size_t count = shape.numel(); count > 0; --count) {
    visit(static_cast<const Index&>(index));
    for (std::size_t axis = shape.size(); axis-- > 0;) {
      if (++index[axis] < shape[axis]) break;
      index[axis] = 0;
    }
  }
}

// The number at a logical index, by the definition of the layout: the lane axis is innermost.
inline Real element(const Array& x, const Index& index) {
  std::size_t offset = 0;
  for (std::size_t axis = 0; axis < x.rank(); ++axis)
    if (axis != x.lane_axis()) offset = offset * x.shape()[axis] + index[axis];
  if (x.rank() > 0) offset = offset * x.shape()[x.lane_axis()] + index[x.lane_axis()];
  return x.data()[offset];
}

// The row-major array of f(index).
template <class F>
Array tabulate(const Shape& shape, F f) {
  Array result(shape);
  Real* next = result.data();
  for_each_index(shape, [&](const Index& index) { *next++ = static_cast<Real>(f(index)); });
  return result;
}

inline bool same_bits(const Array& a, const Array& b) {
  const std::vector<Real> x = a.to_vector(), y = b.to_vector();
  return a.shape() == b.shape() &&
         (x.empty() || std::memcmp(x.data(), y.data(), x.size() * sizeof(Real)) == 0);
}

// The largest difference, relative to the largest finite expected number. It is infinite if the
// shapes differ, or if only one side has a NaN or an infinity.
inline double gap(const Array& got, const Array& want) {
  if (got.shape() != want.shape()) return HUGE_VAL;
  const std::vector<Real> x = got.to_vector(), y = want.to_vector();
  double difference = 0, scale = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (x[i] == y[i] || (std::isnan(x[i]) && std::isnan(y[i]))) {
      if (std::isfinite(y[i])) scale = std::max(scale, std::abs(static_cast<double>(y[i])));
      continue;
    }
    if (!std::isfinite(x[i]) || !std::isfinite(y[i])) return HUGE_VAL;
    scale = std::max(scale, std::abs(static_cast<double>(y[i])));
    difference = std::max(difference, std::abs(static_cast<double>(x[i]) - y[i]));
  }
  return difference == 0 ? 0 : difference / std::max(scale, 1e-30);
}

}  // namespace fanin
