#include <benchmark/benchmark.h>

#include "framework/core/blas.hpp"
#include "framework/core/generator.hpp"
#include "framework/core/kernels/kernels.hpp"

// Single kernels over the sizes of the project's networks; FLOP/s count 2 per multiply-add.
namespace {

using namespace fanin;

Array random_array(const Shape& shape) {
  Array x(shape);
  default_generator().normal(x, 0, 1);
  return x;
}

void set_flops(benchmark::State& state, double flops) {
  state.counters["FLOP/s"] =
      benchmark::Counter(flops, benchmark::Counter::kIsIterationInvariantRate);
}

// [m, k] x [k, n], by our register tiles and by OpenBLAS.
void gemm(benchmark::State& state) {
  const auto m = static_cast<std::size_t>(state.range(0));
  const auto n = static_cast<std::size_t>(state.range(1));
  const auto k = static_cast<std::size_t>(state.range(2));
  const Array a = random_array({m, k}), b = random_array({k, n});
  Array c({m, n}), scratch({kernels().gemm_scratch(n, k)});
  for (auto _ : state) {
    kernels().gemm(m, n, k, a.data(), k, 1, b.data(), nullptr, c.data(), scratch.data());
    benchmark::ClobberMemory();
  }
  set_flops(state, 2.0 * static_cast<double>(m * n * k));
}

void gemm_openblas(benchmark::State& state) {
  const auto m = static_cast<std::size_t>(state.range(0));
  const auto n = static_cast<std::size_t>(state.range(1));
  const auto k = static_cast<std::size_t>(state.range(2));
  const Array a = random_array({m, k}), b = random_array({k, n});
  Array c({m, n});
  for (auto _ : state) {
    blas_gemm({a.data(), m, k, k}, {b.data(), k, n, n}, 0, c.data());
    benchmark::ClobberMemory();
  }
  set_flops(state, 2.0 * static_cast<double>(m * n * k));
}

void gemm_sizes(benchmark::internal::Benchmark* b) {
  b->ArgNames({"m", "n", "k"});
  b->Args({128, 64, 784})->Args({256, 64, 256})->Args({128, 64, 128})->Args({120, 64, 400});
  b->Args({10, 64, 128})->Args({256, 784, 64})->Args({512, 512, 512});
}
BENCHMARK(gemm)->Apply(gemm_sizes);
BENCHMARK(gemm_openblas)->Apply(gemm_sizes);

// The convolutions of LeNet-5 and a 3x3 one, by (channels in, out, height and width, kernel,
// padding), batch 64.
struct Conv {
  ConvPass pass;
  Window& s = pass.conv;
  Array x, w, b, y, scratch;

  explicit Conv(const benchmark::State& state) {
    const auto arg = [&](int i) { return static_cast<std::size_t>(state.range(i)); };
    s.batch = 64, s.in_channels = arg(0), s.out_channels = arg(1);
    for (int i = 1; i < 3; ++i) {
      s.in[i] = arg(2), s.kernel[i] = arg(3), s.padding[i] = arg(4);
      s.out[i] = s.in[i] + 2 * s.padding[i] - s.kernel[i] + 1;
    }
    x = random_array({s.in_channels, s.in_pixels(), s.batch});
    w = random_array({s.out_channels, s.in_channels, s.kernel_size()});
    b = random_array({s.out_channels});
    y = random_array({s.out_channels, s.out_pixels(), s.batch});
    scratch = Array({kernels().conv_scratch(pass)});
  }
  double flops() const {
    return 2.0 * static_cast<double>(s.batch * s.out_channels * s.out_pixels() * s.in_channels *
                                     s.kernel_size());
  }
};

void conv_forward(benchmark::State& state) {
  Conv c(state);
  for (auto _ : state)
    kernels().conv(c.pass, {0, c.s.batch}, c.x.data(), c.w.data(), c.b.data(), c.y.data(), nullptr,
                   c.scratch.data());
  set_flops(state, c.flops());
}

void conv_backward_input(benchmark::State& state) {
  Conv c(state);
  Array dx({c.x.size()});
  for (auto _ : state)
    kernels().conv_backward_input(c.pass, {0, c.s.batch}, c.w.data(), nullptr, nullptr, c.y.data(),
                                  dx.data(), c.scratch.data());
  set_flops(state, c.flops());
}

void conv_backward_weight(benchmark::State& state) {
  Conv c(state);
  Array dw({c.w.size()});
  for (auto _ : state)
    kernels().conv_backward_weight(c.pass, {0, c.s.out_channels}, c.x.data(), nullptr, nullptr,
                                   c.y.data(), dw.data(), nullptr, c.scratch.data());
  set_flops(state, c.flops());
}

void conv_sizes(benchmark::internal::Benchmark* b) {
  b->ArgNames({"in", "out", "size", "kernel", "padding"});
  b->Args({1, 6, 28, 5, 2})->Args({6, 16, 14, 5, 0})->Args({32, 64, 14, 3, 1});
}
BENCHMARK(conv_forward)->Apply(conv_sizes);
BENCHMARK(conv_backward_input)->Apply(conv_sizes);
BENCHMARK(conv_backward_weight)->Apply(conv_sizes);

}  // namespace
