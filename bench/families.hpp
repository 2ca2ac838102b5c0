#pragma once

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

}  // namespace fanin
