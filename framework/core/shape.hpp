#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>

#include "framework/core/precision.hpp"

namespace fanin::FANIN_PRECISION {

// The extents of an array, outermost axis first; at most 8 of them, kept in place.
class Shape {
 public:
  static constexpr std::size_t max_rank = 8;

  Shape() = default;
  Shape(std::initializer_list<std::size_t> extents) : Shape(extents.begin(), extents.end()) {}
  template <class Iterator>
  Shape(Iterator first, Iterator last) {
    for (; first != last; ++first) push_back(static_cast<std::size_t>(*first));
  }

  std::size_t size() const { return rank_; }
  bool empty() const { return rank_ == 0; }
  std::size_t& operator[](std::size_t axis) { return extents_[axis]; }
  std::size_t operator[](std::size_t axis) const { return extents_[axis]; }
  std::size_t back() const { return extents_[rank_ - 1]; }
  const std::size_t* begin() const { return extents_.data(); }
  const std::size_t* end() const { return extents_.data() + rank_; }

  void push_back(std::size_t extent);                 // throws Error past max_rank
  Shape without(std::size_t axis) const;              // the axis taken out
  Shape with(std::size_t axis, std::size_t n) const;  // the axis given extent n
  std::size_t numel() const;                          // 1 for rank 0; throws Error past 2^48

  friend bool operator==(const Shape& a, const Shape& b);

 private:
  std::array<std::size_t, max_rank> extents_{};
  std::size_t rank_ = 0;
};

std::string to_string(const Shape& shape);  // "[64, 784]"

// Counts an axis from the end when negative, as PyTorch does; throws Error out of [-rank, rank).
std::size_t resolve_axis(const char* function, std::int64_t axis, std::size_t rank);

// NumPy's broadcasting of two shapes; throws Error naming the function where they do not fit.
Shape broadcast_shape(const char* function, const Shape& a, const Shape& b);

}  // namespace fanin::FANIN_PRECISION
