#include <fmt/format.h>

#include "bench/measure.hpp"
#include "framework/core/convolution.hpp"

// Convolutions, batch 64: the networks' own, then strided, dilated, grouped, depthwise, 1d and 3d;
// and some of them at small batches.
namespace fanin {
namespace {

enum Also { nothing, fused = 1, small = 2 };  // with ReLU and 2x2 max pooling; at small batches

struct Case {
  const char* name;
  std::size_t in_channels, out_channels, groups, in[3], kernel[3], padding[3] = {0, 0, 0};
  int also = nothing;
  std::size_t stride[3] = {1, 1, 1}, dilation[3] = {1, 1, 1};
};

constexpr Case cases[]{
    {"lenet5_1", 1, 6, 1, {1, 28, 28}, {1, 5, 5}, {0, 2, 2}},
    {"lenet5_1_relu_pool", 1, 6, 1, {1, 28, 28}, {1, 5, 5}, {0, 2, 2}, fused},
    {"lenet5_2", 6, 16, 1, {1, 14, 14}, {1, 5, 5}},
    {"lenet5_2_relu_pool", 6, 16, 1, {1, 14, 14}, {1, 5, 5}, {0, 0, 0}, fused | small},
    {"conv_1", 1, 32, 1, {1, 28, 28}, {1, 3, 3}},
    {"conv_2", 32, 64, 1, {1, 13, 13}, {1, 3, 3}, {0, 0, 0}, small},
    {"3x3_padded", 32, 64, 1, {1, 14, 14}, {1, 3, 3}, {0, 1, 1}},
    {"3x3_stride2", 32, 64, 1, {1, 14, 14}, {1, 3, 3}, {0, 1, 1}, nothing, {1, 2, 2}},
    {"3x3_dilation2", 32, 64, 1, {1, 14, 14}, {1, 3, 3}, {0, 2, 2}, nothing, {1, 1, 1}, {1, 2, 2}},
    {"3x3_groups4", 32, 64, 4, {1, 14, 14}, {1, 3, 3}, {0, 1, 1}},
    {"3x3_depthwise", 64, 64, 64, {1, 14, 14}, {1, 3, 3}, {0, 1, 1}, small},
    {"3x3_wide", 256, 512, 1, {1, 6, 6}, {1, 3, 3}, {0, 1, 1}, small},
    {"1x1", 64, 64, 1, {1, 14, 14}, {1, 1, 1}},
    {"1d_k5", 32, 64, 1, {1, 1, 128}, {1, 1, 5}, {0, 0, 2}},
    {"3d_3x3x3", 8, 16, 1, {8, 8, 8}, {3, 3, 3}, {1, 1, 1}},
};

ConvPass make_pass(const Case& c, std::size_t batch) {
  ConvPass pass;
  Window &s = pass.conv, &pool = pass.pool;
  s.batch = pool.batch = batch;
  s.in_channels = c.in_channels, s.groups = c.groups;
  s.out_channels = pool.in_channels = pool.out_channels = c.out_channels;
  for (int i = 0; i < 3; ++i) {
    s.in[i] = c.in[i], s.kernel[i] = c.kernel[i], s.stride[i] = c.stride[i];
    s.padding[i] = c.padding[i], s.dilation[i] = c.dilation[i];
    const std::size_t reach = c.dilation[i] * (c.kernel[i] - 1) + 1;
    s.out[i] = (c.in[i] + 2 * c.padding[i] - reach) / c.stride[i] + 1;
    pool.in[i] = s.out[i], pool.kernel[i] = pool.stride[i] = i == 0 ? 1 : 2;
    pool.out[i] = s.out[i] / pool.stride[i];
  }
  pass.pooled = (c.also & fused) != 0;
  if (pass.pooled) pass.activation = Activation::relu;
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

  add({name + "/forward", flops, 0,
       [=]() mutable { convolution(pass, x.data(), w.data(), b.data(), y.data(), tap.data()); }});
  add({name + "/input_gradient", flops, 0, [=]() mutable {
         convolution_backward(pass, x.data(), w.data(), y.data(), tap.data(), g.data(), dx.data(),
                              nullptr, nullptr);
       }});
  add({name + "/weight_gradient", flops, 0, [=]() mutable {
         convolution_backward(pass, x.data(), w.data(), y.data(), tap.data(), g.data(), nullptr,
                              dw.data(), db.data());
       }});
}

}  // namespace

void add_conv_benchmarks() {
  for (const Case& c : cases) add_case(c, 64, std::string("conv/") + c.name);
  for (const Case& c : cases)
    for (const std::size_t batch : {1, 4, 8, 17})
      if (c.also & small) add_case(c, batch, fmt::format("conv/{}/batch_{}", c.name, batch));
}

}  // namespace fanin
