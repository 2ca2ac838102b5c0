#pragma once

#include <benchmark/benchmark.h>

namespace fanin {

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

}  // namespace fanin
