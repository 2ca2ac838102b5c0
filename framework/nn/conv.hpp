#pragma once

#include "framework/nn/module.hpp"
#include "framework/ops/conv.hpp"

namespace fanin::inline FANIN_PRECISION {

struct Conv2dOptions {
  Pair stride = {1, 1}, padding = {0, 0}, dilation = {1, 1};
  std::size_t groups = 1;
  bool bias = true;
};

// Cross-correlation of images: [N, in, H, W] -> [N, out, OH, OW].
// Default: weight [out, in / groups, KH, KW] and bias [out] from U(-1/sqrt(fan), 1/sqrt(fan)) with
// fan = in / groups * KH * KW. Throws Error where groups do not divide the channels.
class Conv2d : public Module {
 public:
  Conv2d(std::size_t in_channels, std::size_t out_channels, Pair kernel_size,
         const Conv2dOptions& options = {}, Generator& generator = default_generator());

  Tensor forward(const Tensor& x) override;
  std::string type() const override { return "Conv2d"; }
  std::vector<Value> arguments() const override;

 private:
  std::size_t in_, out_;
  Pair kernel_;
  Conv2dOptions options_;

 public:
  const Tensor weight, bias;  // bias is undefined without one
};

}  // namespace fanin::inline FANIN_PRECISION
