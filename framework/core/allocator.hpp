#pragma once

#include <cstddef>
#include <memory>

#include "framework/core/precision.hpp"

namespace fanin::inline FANIN_PRECISION {

// 64-byte aligned, uninitialised memory, shared by its handles. Freed blocks are kept by size and
// handed out again, so that a training step after the first asks the system for nothing.
std::shared_ptr<Real[]> allocate(std::size_t count);

}  // namespace fanin::inline FANIN_PRECISION
