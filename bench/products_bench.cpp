#include <fmt/format.h>

#include "bench/measure.hpp"
#include "framework/core/convolution.hpp"
#include "framework/core/linalg.hpp"
#include "framework/ops/window.hpp"

// Products of a Linear layer, batch 64 in the lanes, by our register tiles and by OpenBLAS, and
// convolutions: the networks' own, strided, dilated, grouped, depthwise, 1d, 3d, small batches.
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
    add("gemm/" + p.name + (adds ? "/own_add" : "/own"), flops, 0, [=]() mutable {
      kernels().gemm(m, n, k, a.data(), row, step, b.data(), nullptr, adds, c.data(),
                     scratch.data());
    });
  const Matrix left{a.data(), m, k, p.transposed ? m : k, p.transposed};
  add("gemm/" + p.name + "/openblas", flops, 0, [=]() mutable {
    blas_gemm(left, {b.data(), k, n, n}, 0, c.data());
  });
}

enum Also { nothing, fused = 1, small = 2 };  // with ReLU and 2x2 max pooling; at small batches

struct Case {
  std::string name;
  std::size_t out_channels, groups;
  Shape image, kernel;  // [channels, spatial...] and [spatial...]
  std::size_t padding = 0;
  int also = nothing;
  std::size_t stride = 1, dilation = 1;
};

const Case cases[]{
    {"lenet5_1", 6, 1, {1, 28, 28}, {5, 5}, 2},
    {"lenet5_1_relu_pool", 6, 1, {1, 28, 28}, {5, 5}, 2, fused},
    {"lenet5_2", 16, 1, {6, 14, 14}, {5, 5}},
    {"lenet5_2_relu_pool", 16, 1, {6, 14, 14}, {5, 5}, 0, fused | small},
    {"conv_1", 32, 1, {1, 28, 28}, {3, 3}},
    {"conv_2", 64, 1, {32, 13, 13}, {3, 3}, 0, small},
    {"3x3_padded", 64, 1, {32, 14, 14}, {3, 3}, 1},
    {"3x3_stride2", 64, 1, {32, 14, 14}, {3, 3}, 1, nothing, 2},
    {"3x3_dilation2", 64, 1, {32, 14, 14}, {3, 3}, 2, nothing, 1, 2},
    {"3x3_groups4", 64, 4, {32, 14, 14}, {3, 3}, 1},
    {"3x3_depthwise", 64, 64, {64, 14, 14}, {3, 3}, 1, small},
    {"3x3_wide", 512, 1, {256, 6, 6}, {3, 3}, 1, small},
    {"1x1", 64, 1, {64, 14, 14}, {1, 1}},
    {"1d_k5", 64, 1, {32, 128}, {5}, 2},
    {"3d_3x3x3", 16, 1, {8, 8, 8, 8}, {3, 3, 3}, 1},
};

ConvPass make_pass(const Case& c, std::size_t batch) {
  Shape x{batch};
  for (const std::size_t extent : c.image) x.push_back(extent);
  ConvPass pass;
  Window& s = pass.conv =
      make_window("bench", x, Extents(c.kernel), c.stride, c.padding, c.dilation, false);
  s.out_channels = c.out_channels;
  s.groups = c.groups;
  if (c.also & fused) {
    pass.activation = Activation::relu;
    pass.pooled = true;
    pass.pool = make_window("bench", window_output(s, c.kernel.size()), 2, 2, 0, 1, false);
  }
  return pass;
}

void add_case(const Case& c, std::size_t batch, const std::string& name) {
  const ConvPass pass = make_pass(c, batch);
  const Window& s = pass.conv;
  const Shape weight{s.out_channels, s.in_channels / s.groups, s.kernel_size()};
  const std::size_t pixels = pass.pooled ? pass.pool.out_pixels() : s.out_pixels();
  const double flops = 2.0 * static_cast<double>(s.batch * s.out_pixels() * weight.numel());

  const Array x = random_array({s.in_channels, s.in_pixels(), s.batch});
  const Array w = random_array(weight), b = random_array({s.out_channels});
  const Array g = random_array({s.out_channels, pixels, s.batch});
  Array y = g.clone(), tap = pass.pooled ? Array(g.shape()) : Array(), dx(x.shape()), dw(weight);
  Array db({s.out_channels});
  convolution(pass, x.data(), w.data(), b.data(), y.data(), tap.data());

  add(name + "/forward", flops, 0,
      [=]() mutable { convolution(pass, x.data(), w.data(), b.data(), y.data(), tap.data()); });
  add(name + "/input_gradient", flops, 0, [=]() mutable {
    convolution_backward(pass, x.data(), w.data(), y.data(), tap.data(), g.data(), dx.data(),
                         nullptr, nullptr);
  });
  add(name + "/weight_gradient", flops, 0, [=]() mutable {
    convolution_backward(pass, x.data(), w.data(), y.data(), tap.data(), g.data(), nullptr,
                         dw.data(), db.data());
  });
}

}  // namespace

void add_products() {
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

  for (const Case& c : cases) add_case(c, 64, "conv/" + c.name);
  for (const Case& c : cases)
    for (const std::size_t batch : {1, 4, 8, 17})
      if (c.also & small) add_case(c, batch, fmt::format("conv/{}/batch_{}", c.name, batch));
}

}  // namespace fanin
