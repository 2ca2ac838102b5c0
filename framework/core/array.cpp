#include "framework/core/array.hpp"

#include <fmt/format.h>
#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <limits>
#include <new>
#include <ostream>
#include <unordered_map>

#include "framework/core/error.hpp"
#include "framework/core/kernels/kernels.hpp"
#include "framework/core/text.hpp"

namespace fanin::FANIN_PRECISION {
namespace {

constexpr std::size_t alignment = 64;

// Large arrays use huge pages. They cause fewer faults when new, and products that read them by
// columns do not run out of page-table entries, which took a tenth of a step of wide networks.
constexpr std::size_t huge_page = std::size_t{1} << 21;

// Sanitizers must see every allocation, so their builds keep nothing.
#ifdef FANIN_NO_CACHE
constexpr bool caching = false;
#else
constexpr bool caching = true;
#endif

// Sizes are rounded to an eighth of a power of two, which wastes at most 12.5 % of a block.
std::size_t size_class(std::size_t bytes) {
  const std::size_t step = std::max(alignment, std::bit_ceil(bytes) / 16);
  return (bytes + step - 1) / step * step;
}

void* system_allocate(std::size_t bytes) {
  const bool huge = bytes >= huge_page;
  void* block = nullptr;  // std::aligned_alloc wants multiples of the alignment
  if (posix_memalign(&block, huge ? huge_page : alignment, bytes) != 0) throw std::bad_alloc();
  // Advice only: if the system has no huge pages, small ones serve.
  if (huge) madvise(block, bytes / huge_page * huge_page, MADV_HUGEPAGE);
  return block;
}

// Blocks may outlive a thread's cache, as static arrays do at exit. This flag outlives it too.
thread_local bool cache_alive = false;

// Freed blocks by their size, so that a training step after the first asks the system for nothing.
struct Cache {
  std::unordered_map<std::size_t, std::vector<void*>> free;

  Cache() { cache_alive = true; }
  ~Cache() {
    cache_alive = false;
    for (auto& [bytes, blocks] : free)
      for (void* block : blocks) std::free(block);
  }
};

std::vector<void*>& cached_blocks(std::size_t bytes) {
  thread_local Cache cache;
  return cache.free[bytes];
}

constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();
thread_local std::size_t limit = unlimited, numbers_left = unlimited;

// An array counts for at least this many numbers: its handles and what a layer keeps take about a
// kilobyte.
constexpr std::size_t least_count = 256;

// 64-byte aligned, uninitialised memory.
std::shared_ptr<Real[]> allocate(std::size_t count) {
  const std::size_t counted = std::max(count, least_count);
  if (counted > numbers_left) throw Error("too large: it takes more than {} numbers in all", limit);
  numbers_left -= counted;
  const std::size_t bytes = size_class(std::max<std::size_t>(count, 1) * sizeof(Real));
  std::vector<void*>* cached = caching ? &cached_blocks(bytes) : nullptr;
  const bool reused = cached && !cached->empty();
  void* block = reused ? cached->back() : system_allocate(bytes);
  if (reused) cached->pop_back();
  return {static_cast<Real*>(block), [bytes](Real* freed) {
            if (caching && cache_alive)
              cached_blocks(bytes).push_back(freed);
            else
              std::free(freed);
          }};
}

}  // namespace

ArrayLimit::ArrayLimit(std::size_t numbers)
    : outer_limit_(limit), outer_left_(numbers_left), start_(std::min(numbers_left, numbers)) {
  if (numbers < numbers_left) limit = numbers;
  numbers_left = start_;
}

ArrayLimit::~ArrayLimit() {
  limit = outer_limit_;
  numbers_left = outer_left_ - (start_ - numbers_left);
}

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

Array::Array(const Shape& shape) : Array(shape, shape.empty() ? 0 : shape.size() - 1) {}

Array::Array(const Shape& shape, std::size_t lane_axis)
    : shape_(shape), size_(shape.numel()), lane_axis_(lane_axis), data_(allocate(size_)) {}

Array::Array(const Shape& shape, const std::vector<Real>& values) : Array(shape) {
  if (values.size() != size_)
    throw Error("Array: shape {} takes {} values, got {}", to_string(shape), size_, values.size());
  std::copy(values.begin(), values.end(), begin());
}

Array Array::full(const Shape& shape, Real value) {
  Array result(shape);
  result.fill(value);
  return result;
}

Real Array::item() const {
  if (size_ != 1) throw Error("item: expected one element, got shape {}", to_string(shape_));
  return data_[0];
}

Real Array::at(std::initializer_list<std::size_t> index) const {
  const Shape position(index);
  if (position.size() != rank())
    throw Error("at: shape {} takes {} indices, got {}", to_string(shape_), rank(),
                position.size());
  std::size_t offset = 0;
  for (std::size_t axis = 0; axis < rank(); ++axis) {
    if (position[axis] >= shape_[axis])
      throw Error("at: index {} is out of range for axis {} of shape {}", position[axis], axis,
                  to_string(shape_));
    offset = offset * shape_[axis] + position[axis];
  }
  return row_major().data_[offset];
}

std::vector<Real> Array::to_vector() const {
  const Array plain = row_major();
  return {plain.begin(), plain.end()};
}

Array Array::clone() const {
  if (!defined()) return {};
  Array result(shape_, lane_axis_);
  std::copy(begin(), end(), result.begin());
  return result;
}

void Array::fill(Real value) { std::fill(begin(), end(), value); }

Array Array::with_lane_axis(std::size_t axis) const {
  if (axis == lane_axis_ || rank() == 0) return *this;
  if (size_ == 0) return Array(shape_, axis);  // whatever its other extents are
  if (!is_row_major() && axis + 1 != rank()) return row_major().with_lane_axis(axis);

  // From row-major to lane axis k or back takes one transposition for each index before k.
  const std::size_t k = is_row_major() ? axis : lane_axis_;
  std::size_t before = 1, after = 1;
  for (std::size_t i = 0; i < k; ++i) before *= shape_[i];
  for (std::size_t i = k + 1; i < rank(); ++i) after *= shape_[i];
  const std::size_t rows = is_row_major() ? shape_[k] : after;
  const std::size_t columns = is_row_major() ? after : shape_[k];

  Array result(shape_, axis);
  for (std::size_t i = 0; i < before; ++i)
    kernels().transpose(rows, columns, data() + i * rows * columns,
                        result.data() + i * rows * columns);
  return result;
}

Array Array::reshape(const Shape& shape) const {
  if (shape.numel() != size_)
    throw Error("reshape: shape {} has {} elements, {} has {}", to_string(shape_), size_,
                to_string(shape), shape.numel());
  const bool keeps_batch = is_batch_last() && !shape.empty() && rank() > 0 && shape[0] == shape_[0];
  if (!is_row_major() && !keeps_batch) return row_major().reshape(shape);
  Array result = *this;
  result.shape_ = shape;
  result.lane_axis_ = is_row_major() && !shape.empty() ? shape.size() - 1 : 0;
  return result;
}

Array Array::permute(const std::vector<std::size_t>& axes) const {
  std::vector<std::size_t> place(rank());  // in memory, of each axis of the result
  Shape shape;
  for (std::size_t i = 0; i < rank(); ++i) {
    place[i] = memory_axis(axes[i]);
    shape.push_back(shape_[axes[i]]);
  }
  const auto lane =
      static_cast<std::size_t>(std::find(place.begin(), place.end(), rank() - 1) - place.begin());
  std::vector<std::size_t> others = place;
  if (rank() > 0) others.erase(others.begin() + static_cast<std::ptrdiff_t>(lane));
  if (std::is_sorted(others.begin(), others.end())) {
    Array result = *this;
    result.shape_ = shape;
    result.lane_axis_ = rank() == 0 ? 0 : lane;
    return result;
  }

  // The innermost axis stays, with the axes that stay before it, so whole runs are copied.
  const Shape memory = memory_shape();
  std::vector<std::size_t> stride(rank(), 1), index(rank(), 0);
  for (std::size_t i = rank() - 1; i > 0; --i) stride[i - 1] = stride[i] * memory[i];
  std::size_t inner = rank() - 1, run = memory[inner];
  for (; others.back() + 1 == inner; others.pop_back()) run *= memory[inner = others.back()];
  Array result(shape, lane);
  const Real* from = data();
  for (Real* to = result.begin(); to != result.end(); to += run) {
    std::copy_n(from, run, to);
    for (std::size_t i = others.size(); i-- > 0;) {
      const std::size_t axis = others[i];
      from += stride[axis];
      if (++index[axis] < memory[axis]) break;
      from -= stride[axis] * memory[axis];
      index[axis] = 0;
    }
  }
  return result;
}

Array Array::squeeze(std::size_t axis) const {
  Array result = *this;
  result.shape_ = shape_.without(axis);
  if (axis < lane_axis_) --result.lane_axis_;
  // Without its lane axis the rest is row-major.
  if (axis == lane_axis_) result.lane_axis_ = rank() < 2 ? 0 : rank() - 2;
  return result;
}

Array Array::unsqueeze(std::size_t axis) const {
  Array result = *this;
  result.shape_ = Shape(shape_.begin(), shape_.begin() + axis);
  result.shape_.push_back(1);
  for (std::size_t i = axis; i < rank(); ++i) result.shape_.push_back(shape_[i]);
  if (rank() > 0 && axis <= lane_axis_) ++result.lane_axis_;
  return result;
}

Shape Array::memory_shape() const {
  if (rank() == 0) return {};
  Shape result = shape_.without(lane_axis_);
  result.push_back(shape_[lane_axis_]);
  return result;
}

std::size_t Array::memory_axis(std::size_t axis) const {
  if (axis == lane_axis_) return rank() - 1;
  return axis < lane_axis_ ? axis : axis - 1;
}

namespace {

void print(std::string& text, const Shape& shape, std::size_t axis, const Real*& next) {
  if (axis == shape.size()) {
    text += fmt::format("{:.4f}", *next++);
    return;
  }
  constexpr std::size_t edge = 3;  // entries shown at each end of a long axis, as in PyTorch
  std::size_t below = 1;
  for (std::size_t i = axis + 1; i < shape.size(); ++i) below *= shape[i];
  text += '[';
  for (std::size_t i = 0; i < shape[axis]; ++i) {
    if (i > 0) text += axis + 1 == shape.size() ? ", " : ",\n" + std::string(axis + 1, ' ');
    if (shape[axis] > 4 * edge && i == edge) {
      text += "...";
      next += (shape[axis] - 2 * edge) * below;
      i = shape[axis] - edge - 1;
      continue;
    }
    print(text, shape, axis + 1, next);
  }
  text += ']';
}

}  // namespace

std::string to_string(const Array& array) {
  if (!array.defined()) return "undefined";
  const Array plain = array.row_major();
  std::string text;
  const Real* next = plain.data();
  print(text, plain.shape(), 0, next);
  return text;
}

std::ostream& operator<<(std::ostream& stream, const Array& array) {
  return stream << to_string(array);
}

}  // namespace fanin::FANIN_PRECISION
