#pragma once

#include <benchmark/benchmark.h>

#include <functional>
#include <string>

#include "framework/core/array.hpp"
#include "framework/core/kernels/kernels.hpp"

namespace fanin {

// The families of benchmarks, each defined in its own file. One that goes by a table of the
// framework throws Error for a row that it cannot measure.
void add_products();
void add_kernels();
void add_tables();
void add_steps();

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

// A function to measure, and how much it does at the least: FLOPs, or else bytes, or else ops. The
// report has its rate, and the rate's share of what the machine can do.
struct Work {
  double flops = 0, bytes = 0, ops = 0;
  std::function<void()> run;
  std::string label = {};
};

void add(const std::string& name,
         const std::function<Work()>& make);  // `make` runs when it is measured
void add(const std::string& name, double flops, double bytes, const std::function<void()>& run);
Array random_array(const Shape& shape);  // normal

}  // namespace fanin
