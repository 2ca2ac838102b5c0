#pragma once

#include "framework/nn/stateless.hpp"
#include "framework/ops/pooling.hpp"

namespace fanin::FANIN_PRECISION {

struct MaxPoolOptions {
  Extents stride = 0;  // 0: the kernel's size
  Extents padding = 0, dilation = 1;
  bool ceil_mode = false;
};

// The largest of each window: [N, C, spatial...] -> [N, C, ...].
struct MaxPool : Stateless {
  const MaxPooling pooling;

 protected:
  MaxPool(std::size_t spatial_axes, const Extents& kernel_size, const MaxPoolOptions& options);
};

template <std::size_t spatial_axes>
struct MaxPoolOver : MaxPool {
  explicit MaxPoolOver(const Extents& kernel_size, const MaxPoolOptions& options = {})
      : MaxPool(spatial_axes, kernel_size, options) {}
};
using MaxPool1d = MaxPoolOver<1>;
using MaxPool2d = MaxPoolOver<2>;

// The mean of each window; a stride of 0 is the kernel's size.
struct AvgPool : Stateless {
 protected:
  AvgPool(std::size_t spatial_axes, const Extents& kernel_size, const Extents& stride,
          const AvgPoolOptions& options);
};

template <std::size_t spatial_axes>
struct AvgPoolOver : AvgPool {
  explicit AvgPoolOver(const Extents& kernel_size, const Extents& stride = 0,
                       const AvgPoolOptions& options = {})
      : AvgPool(spatial_axes, kernel_size, stride, options) {}
};
using AvgPool1d = AvgPoolOver<1>;
using AvgPool2d = AvgPoolOver<2>;

// Means over as many windows as the output has pixels, whatever the input's extents.
struct AdaptiveAvgPool2d : Stateless {
  explicit AdaptiveAvgPool2d(const Extents& output_size);
};

}  // namespace fanin::FANIN_PRECISION
