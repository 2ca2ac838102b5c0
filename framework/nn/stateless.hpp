#pragma once

#include "framework/core/error.hpp"
#include "framework/nn/module.hpp"
#include "framework/ops/activation.hpp"
#include "framework/ops/pooling.hpp"
#include "framework/ops/shape.hpp"

namespace fanin::FANIN_PRECISION {

// A layer without parameters: a function of its input.
class Stateless : public TableLayer {
 public:
  using Function = std::function<Tensor(const Tensor&)>;
  Tensor forward(const Tensor& x) override { return function_(x); }

 protected:
  Stateless(std::string type, std::vector<Value> arguments, Function function)
      : TableLayer(std::move(type), std::move(arguments)), function_(std::move(function)) {}

 private:
  Function function_;
};

// Axes [start_dim, end_dim] as one: [N, C, H, W] -> [N, C H W].
struct Flatten : Stateless {
  explicit Flatten(std::int64_t start_dim = 1, std::int64_t end_dim = -1)
      : Stateless("Flatten", {start_dim, end_dim},
                  [=](const Tensor& x) { return flatten(x, start_dim, end_dim); }) {}
};

// Zeros around an image: [N, C, H, W] -> [N, C, top + H + bottom, left + W + right]. `padding` is
// one number for all sides, or (left, right, top, bottom). Throws Error for another count.
struct ZeroPad2d : Stateless {
  explicit ZeroPad2d(const Extents& padding) : ZeroPad2d(sides(padding)) {}

 private:
  explicit ZeroPad2d(const std::vector<std::size_t>& sides)
      : Stateless("ZeroPad2d", {Tuple(sides.begin(), sides.end())},
                  [=](const Tensor& x) { return pad(x, sides, "constant"); }) {}

  static std::vector<std::size_t> sides(const Extents& padding) {
    if (padding.size() != 1 && padding.size() != 4)
      throw Error("ZeroPad2d: padding must be one number or (left, right, top, bottom), got " +
                  to_string(padding));
    return {padding.of(0), padding.of(1), padding.of(2), padding.of(3)};
  }
};

// Zeroes numbers at random in training; see dropout in ops/activation.hpp. Draws from the default
// generator, as PyTorch's does. Throws Error for p outside [0, 1].
struct Dropout : Stateless {
  explicit Dropout(Number p = 0.5, bool inplace = false)
      : Stateless("Dropout", {p, inplace},
                  [=, this](const Tensor& x) { return dropout(x, p.value, training()); }) {
    check_dropout(p.value);
  }
};

struct MaxPoolOptions {
  std::optional<Extents> stride = {};  // the kernel's size unless given
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

// The mean of each window. The stride is the kernel's size unless given.
struct AvgPool : Stateless {
 protected:
  AvgPool(std::size_t spatial_axes, const Extents& kernel_size,
          const std::optional<Extents>& stride, const AvgPoolOptions& options);
};

template <std::size_t spatial_axes>
struct AvgPoolOver : AvgPool {
  explicit AvgPoolOver(const Extents& kernel_size, const std::optional<Extents>& stride = {},
                       const AvgPoolOptions& options = {})
      : AvgPool(spatial_axes, kernel_size, stride, options) {}
};
using AvgPool1d = AvgPoolOver<1>;
using AvgPool2d = AvgPoolOver<2>;

// One window for each pixel of the output, whatever the input's extents, and the mean of each.
struct AdaptiveAvgPool2d : Stateless {
  explicit AdaptiveAvgPool2d(const Extents& output_size);
};

}  // namespace fanin::FANIN_PRECISION
