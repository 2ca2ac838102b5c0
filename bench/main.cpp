#include <iostream>

#include "bench/measure.hpp"
#include "framework/core/error.hpp"

int main(int count, char** arguments) {
  using namespace fanin;
  try {
    benchmark::Initialize(&count, arguments);
    if (benchmark::ReportUnrecognizedArguments(count, arguments)) return 2;
    add_gemm_benchmarks();
    add_conv_benchmarks();
    add_pointwise_benchmarks();
    add_block_benchmarks();
    add_layer_benchmarks();
    add_init_benchmarks();
    add_step_benchmarks();
    add_overhead_benchmarks();
    add_context();
    benchmark::RunSpecifiedBenchmarks();
  } catch (const Error& error) {
    std::cerr << "fanin_bench: " << error.what() << "\n";
    return 1;
  }
}
