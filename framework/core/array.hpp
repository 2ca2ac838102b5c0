#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "framework/core/precision.hpp"

namespace xt {
template <class D>
class xexpression;  // framework/core/xtensor.hpp brings xtensor in where it is needed
}

namespace fanin::FANIN_PRECISION {

// The extents of an array, in the order of its axes: at most 8, stored without heap memory.
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
  Shape without(std::size_t axis) const;              // one axis less
  Shape with(std::size_t axis, std::size_t n) const;  // the axis with extent n
  std::size_t numel() const;                          // 1 for rank 0; throws Error past 2^48

  friend bool operator==(const Shape& a, const Shape& b) = default;

 private:
  std::array<std::size_t, max_rank> extents_{};
  std::size_t rank_ = 0;
};

std::string to_string(const Shape& shape);  // "[64, 784]"

// Counts a negative axis from the end, as PyTorch does; throws Error outside [-rank, rank).
std::size_t resolve_axis(const char* function, std::int64_t axis, std::size_t rank);

// NumPy's broadcasting of two shapes; throws Error naming the function if they do not fit.
Shape broadcast_shape(const char* function, const Shape& a, const Shape& b);

// A dense block of numbers with PyTorch's shape. The axes keep their order in memory, but one of
// them, the lane axis, is innermost. If it is the last axis, the array is row-major. Activations
// are "batch-last": an [N, C, H, W] array with lane axis 0 lies as [C][H][W][N], so that the lanes
// of a SIMD vector hold neighbouring samples. As in PyTorch, a copy is a handle on the same memory;
// clone() copies it.
class Array {
 public:
  Array() = default;                                 // has no memory; defined() is false
  explicit Array(const Shape& shape);                // uninitialised, row-major
  Array(const Shape& shape, std::size_t lane_axis);  // uninitialised
  Array(const Shape& shape,
        const std::vector<Real>& values);  // row-major; throws if the count differs
  template <class E>
  Array(const xt::xexpression<E>& expression);  // defined in framework/core/xtensor.hpp

  static Array full(const Shape& shape, Real value);
  static Array scalar(Real value) { return full({}, value); }

  bool defined() const { return data_ != nullptr; }
  bool is_shared() const { return data_.use_count() > 1; }  // by another handle
  const Shape& shape() const { return shape_; }
  std::size_t rank() const { return shape_.size(); }
  std::size_t size() const { return size_; }
  std::size_t lane_axis() const { return lane_axis_; }
  bool is_row_major() const { return rank() == 0 || lane_axis_ + 1 == rank(); }
  bool is_batch_last() const { return lane_axis_ == 0; }

  // The numbers in memory order.
  Real* data() { return data_.get(); }
  const Real* data() const { return data_.get(); }
  Real* begin() { return data(); }
  Real* end() { return data() + size_; }
  const Real* begin() const { return data(); }
  const Real* end() const { return data() + size_; }

  Real item() const;  // the only element; throws Error if there are more
  Real at(std::initializer_list<std::size_t> index) const;  // by logical index; throws out of range
  std::vector<Real> to_vector() const;                      // row-major

  Array clone() const;
  void fill(Real value);
  // The same numbers with another axis innermost. Shares the memory if it is already innermost.
  Array with_lane_axis(std::size_t axis) const;
  Array row_major() const { return with_lane_axis(rank() == 0 ? 0 : rank() - 1); }
  Array batch_last() const { return with_lane_axis(0); }
  // The same numbers, in row-major order of the axes, in another shape. Shares the memory if the
  // array is row-major, or batch-last with the same first extent. Throws Error if the sizes differ.
  Array reshape(const Shape& shape) const;

  // Axis axes[i] becomes axis i. Shares the memory if the axes other than the lane axis keep their
  // order, as the only other axis of a matrix always does.
  Array permute(const std::vector<std::size_t>& axes) const;

  // Removes an axis of extent 1, or adds one before `axis`; shares the memory.
  Array squeeze(std::size_t axis) const;
  Array unsqueeze(std::size_t axis) const;

  // The extents in memory order, and the place of an axis in that order.
  Shape memory_shape() const;
  std::size_t memory_axis(std::size_t axis) const;

 private:
  Shape shape_;
  std::size_t size_ = 0;
  std::size_t lane_axis_ = 0;
  std::shared_ptr<Real[]> data_;
};

std::string to_string(const Array& array);  // nested brackets, 4 decimals, long axes shortened
std::ostream& operator<<(std::ostream& stream, const Array& array);

// While a limit exists, the new arrays of its thread may have this many numbers in all; one more
// array throws Error before it takes memory. Inside another limit the tighter one applies. An array
// counts as at least 128 numbers, because its handles and its layer take memory too.
class ArrayLimit {
 public:
  explicit ArrayLimit(std::size_t numbers);
  ~ArrayLimit();
  ArrayLimit(const ArrayLimit&) = delete;
  ArrayLimit& operator=(const ArrayLimit&) = delete;

 private:
  std::size_t outer_limit_, outer_left_, start_;
};

// Arrays and whole numbers with their paths in a module, as in a state_dict or a file.
using NamedArrays = std::vector<std::pair<std::string, Array>>;
using Counters = std::vector<std::pair<std::string, std::int64_t>>;

}  // namespace fanin::FANIN_PRECISION
