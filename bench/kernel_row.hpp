#pragma once

#include <functional>
#include <string>

#include "framework/core/array.hpp"
#include "framework/core/kernels/kernels.hpp"

namespace fanin {

// Numbers that kernels read and may write over, shared by all rows.
struct Operands {
  static constexpr std::size_t large = std::size_t{1} << 23;  // 32 MB: past the caches
  Real *x, *g;                                                // normal
  Real* u;                                                    // uniform in [0.1, 1)
  Real* ones;     // stay ones under the kernels that update their state
  Real *y, *z;    // written
  Real* weights;  // what an optimiser moves, or normal_'s uniforms
};

const Operands& operands();  // filled at the first call

// What runs one kernel once, and how much that is: FLOPs if there are any, or else bytes.
struct KernelRow {
  std::string name;
  double flops, bytes;
  std::function<void()> run;
};

void add(KernelRow row);
Array random_array(const Shape& shape);  // normal

}  // namespace fanin
