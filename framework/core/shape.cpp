#include "framework/core/shape.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "framework/core/error.hpp"
#include "framework/core/join.hpp"

namespace fanin::FANIN_PRECISION {

void Shape::push_back(std::size_t extent) {
  if (rank_ == max_rank) throw Error("shape: at most 8 axes are supported");
  extents_[rank_++] = extent;
}

Shape Shape::without(std::size_t axis) const {
  Shape result;
  for (std::size_t i = 0; i < rank_; ++i)
    if (i != axis) result.push_back(extents_[i]);
  return result;
}

Shape Shape::with(std::size_t axis, std::size_t n) const {
  Shape result = *this;
  result.extents_[axis] = n;
  return result;
}

std::size_t Shape::numel() const {
  constexpr std::size_t most = std::size_t{1} << 48;  // no memory holds more
  std::size_t n = 1;
  for (std::size_t extent : *this)
    if (__builtin_mul_overflow(n, extent, &n) || n > most)
      throw Error("shape {} is too large", to_string(*this));
  return n;
}

bool operator==(const Shape& a, const Shape& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

std::string to_string(const Shape& shape) { return fmt::format("[{}]", join(shape, ", ")); }

std::size_t resolve_axis(const char* function, std::int64_t axis, std::size_t rank) {
  const auto n = static_cast<std::int64_t>(rank);
  if (axis < -n || axis >= n)
    throw Error("{}: axis {} is out of range for {} axes", function, axis, rank);
  return static_cast<std::size_t>(axis < 0 ? axis + n : axis);
}

Shape broadcast_shape(const char* function, const Shape& a, const Shape& b) {
  Shape result = a.size() >= b.size() ? a : b;
  const Shape& other = a.size() >= b.size() ? b : a;
  const std::size_t lead = result.size() - other.size();
  for (std::size_t i = 0; i < other.size(); ++i) {
    const std::size_t x = result[lead + i], y = other[i];
    if (x != y && x != 1 && y != 1)
      throw Error("{}: shapes {} and {} do not broadcast", function, to_string(a), to_string(b));
    if (x == 1) result[lead + i] = y;
  }
  return result;
}

}  // namespace fanin::FANIN_PRECISION
