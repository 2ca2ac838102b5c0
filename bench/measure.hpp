#pragma once

#include <benchmark/benchmark.h>

#include <functional>
#include <string>

#include "framework/core/array.hpp"
#include "framework/core/kernels/kernels.hpp"

namespace fanin {

// Each registers one family, under names that begin with it. Those that go by a table of the
// framework throw Error where it has a row that they do not know how to measure.
void add_gemm_benchmarks();
void add_conv_benchmarks();
void add_pointwise_benchmarks();  // curves, optimisers, recurrent cells, random numbers
void add_block_benchmarks();      // reductions, softmax, norms, losses, pooling, transposition
void add_layer_benchmarks();
void add_init_benchmarks();
void add_step_benchmarks();
void add_overhead_benchmarks();

// What this machine can do, on one thread: FLOP/s of a large product by OpenBLAS, and bytes/s, read
// and written, of a large copy.
struct Limits {
  double flops, bytes;
};

const Limits& limits();  // measured at the first call
void add_context();      // the limits, the CPU and the instruction set, for the report's head

// What one iteration does at the least: its rate, and the rate's share of the limit.
void set_flops(benchmark::State& state, double flops);
void set_bytes(benchmark::State& state, double bytes);

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
