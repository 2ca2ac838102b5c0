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

struct MaxPool1d : MaxPool {
  explicit MaxPool1d(const Extents& kernel_size, const MaxPoolOptions& options = {})
      : MaxPool(1, kernel_size, options) {}
};

struct MaxPool2d : MaxPool {
  explicit MaxPool2d(const Extents& kernel_size, const MaxPoolOptions& options = {})
      : MaxPool(2, kernel_size, options) {}
};

// The mean of each window; a stride of 0 is the kernel's size.
struct AvgPool1d : Stateless {
  explicit AvgPool1d(const Extents& kernel_size, const Extents& stride = 0,
                     const AvgPoolOptions& options = {});
};

struct AvgPool2d : Stateless {
  explicit AvgPool2d(const Extents& kernel_size, const Extents& stride = 0,
                     const AvgPoolOptions& options = {});
};

// Means over as many windows as the output has pixels, whatever the input's extents.
struct AdaptiveAvgPool2d : Stateless {
  explicit AdaptiveAvgPool2d(const Extents& output_size);
};

}  // namespace fanin::FANIN_PRECISION
