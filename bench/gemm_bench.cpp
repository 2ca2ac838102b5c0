#include <fmt/format.h>

#include "bench/measure.hpp"
#include "framework/core/linalg.hpp"

// The products of a Linear layer, batch 64 in the lanes, by our register tiles and by OpenBLAS.
namespace fanin {
namespace {

// c [m, n] = a [m, k] b [k, n]; a transposed lies as [k, m].
struct Product {
  std::string name;
  std::size_t m, n, k;
  bool transposed = false;
};

void add_product(const Product& p) {
  const std::size_t m = p.m, n = p.n, k = p.k;
  const double flops = 2.0 * static_cast<double>(m * n * k);
  const Array a = random_array({m, k}), b = random_array({k, n});
  Array c = Array::full({m, n}, 0), scratch({kernels().gemm_scratch(n, k)});
  const std::size_t row = p.transposed ? 1 : k, step = p.transposed ? m : 1;
  for (const bool adds : {false, true})
    add({"gemm/" + p.name + (adds ? "/own_add" : "/own"), flops, 0, [=]() mutable {
           kernels().gemm(m, n, k, a.data(), row, step, b.data(), nullptr, adds, c.data(),
                          scratch.data());
         }});
  const Matrix left{a.data(), m, k, p.transposed ? m : k, p.transposed};
  add({"gemm/" + p.name + "/openblas", flops, 0, [=]() mutable {
         blas_gemm(left, {b.data(), k, n, n}, 0, c.data());
       }});
}

}  // namespace

void add_gemm_benchmarks() {
  const std::size_t batch = 64;
  const std::size_t layers[][2]{{784, 256}, {784, 128}, {256, 256}, {128, 128}, {100, 100},
                                {64, 64},   {400, 120}, {120, 84},  {128, 10}};
  for (const auto& [in, out] : layers) {
    const std::string layer = fmt::format("{}x{}", in, out);
    add_product({"forward/" + layer, out, batch, in});
    add_product({"input_gradient/" + layer, in, batch, out, true});
    add_product({"weight_gradient/" + layer, out, in, batch});
  }
  add_product({"large/512x512x512", 512, 512, 512});
  add_product({"large/1024x1024x1024", 1024, 1024, 1024});
}

}  // namespace fanin
