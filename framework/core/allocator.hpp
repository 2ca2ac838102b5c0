#pragma once

#include <cstddef>
#include <memory>

#include "framework/core/precision.hpp"

namespace fanin::FANIN_PRECISION {

// 64-byte aligned, uninitialised memory, shared by its handles. Freed blocks are kept by size and
// handed out again, so that a training step after the first asks the system for nothing.
std::shared_ptr<Real[]> allocate(std::size_t count);

// While it lives, its thread's new arrays may take so many numbers in all; the one that would pass
// that is an Error before any memory is taken. Within another limit the tighter one holds. Small
// arrays count for what their bookkeeping takes.
class ArrayLimit {
 public:
  explicit ArrayLimit(std::size_t numbers);
  ~ArrayLimit();
  ArrayLimit(const ArrayLimit&) = delete;
  ArrayLimit& operator=(const ArrayLimit&) = delete;

 private:
  std::size_t outer_limit_, outer_left_, start_;
};

}  // namespace fanin::FANIN_PRECISION
