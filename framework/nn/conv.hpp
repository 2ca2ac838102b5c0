#pragma once

#include "framework/nn/module.hpp"
#include "framework/ops/conv.hpp"

namespace fanin::FANIN_PRECISION {

struct ConvOptions {
  Extents stride = 1;
  Padding padding = 0;
  Extents dilation = 1;
  std::size_t groups = 1;
  bool bias = true;
  std::string padding_mode = "zeros";
};

const std::vector<std::string>& padding_modes();  // zeros, reflect, replicate and circular

// Cross-correlation over one to three spatial axes: [N, in, spatial...] -> [N, out, ...].
// Default: weight [out, in / groups, kernel...] and bias [out] from U(-1/sqrt(fan), 1/sqrt(fan))
// with fan = in / groups * the kernel's size. Throws Error if groups do not divide the channels,
// and in forward if a padding other than zeros is too large, as nn.functional.pad does.
class Conv : public TableLayer {
 public:
  Tensor forward(const Tensor& x) override;
  // Also runs the activation and max pooling that follow, while the output is in the CPU's caches.
  Tensor forward_with(const Tensor& x, std::span<const Child> next, std::size_t& taken) override;

 protected:
  Conv(std::size_t spatial_axes, std::size_t in_channels, std::size_t out_channels,
       const Extents& kernel_size, const ConvOptions& options, Generator& generator);

 private:
  Tensor apply(const Tensor& x, Activation activation, const MaxPooling* pool) const;
  Extents kernel_;  // one number for each axis, as in the options
  ConvOptions options_;
  std::vector<std::size_t> padding_;  // as pad takes it, for modes other than zeros
  std::size_t fan_in_;

 public:
  const Tensor weight, bias;  // bias is undefined without one
};

template <std::size_t spatial_axes>
struct ConvOver : Conv {
  ConvOver(std::size_t in_channels, std::size_t out_channels, const Extents& kernel_size,
           const ConvOptions& options = {}, Generator& generator = default_generator())
      : Conv(spatial_axes, in_channels, out_channels, kernel_size, options, generator) {}
};
using Conv1d = ConvOver<1>;
using Conv2d = ConvOver<2>;
using Conv3d = ConvOver<3>;

}  // namespace fanin::FANIN_PRECISION
