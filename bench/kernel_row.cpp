#include "bench/kernel_row.hpp"

#include "bench/limits.hpp"
#include "framework/core/generator.hpp"

namespace fanin {

Array random_array(const Shape& shape) {
  Array x(shape);
  default_generator().normal(x, 0, 1);
  return x;
}

const Operands& operands() {
  static Array x = random_array({Operands::large}), g = random_array({Operands::large});
  static Array u({Operands::large}), ones = Array::full({Operands::large}, 1);
  static Array y = ones.clone(), z = ones.clone(), weights = ones.clone();
  static const Operands all = [] {
    default_generator().uniform(u, 0.1, 1);
    return Operands{x.data(), g.data(), u.data(), ones.data(), y.data(), z.data(), weights.data()};
  }();
  return all;
}

void add(KernelRow row) {
  benchmark::RegisterBenchmark(row.name.c_str(), [row](benchmark::State& state) {
    for (auto _ : state) {
      row.run();
      benchmark::ClobberMemory();
    }
    row.flops > 0 ? set_flops(state, row.flops) : set_bytes(state, row.bytes);
  });
}

}  // namespace fanin
