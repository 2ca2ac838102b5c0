#pragma once

#include <optional>

#include "framework/core/error.hpp"
#include "framework/nn/module.hpp"
#include "framework/ops/activation.hpp"
#include "framework/ops/conv.hpp"
#include "framework/ops/shape.hpp"

namespace fanin::FANIN_PRECISION {

// y = x W^T + b: [..., in] -> [..., out].
// Default: weight [out, in] and bias [out] from U(-1/sqrt(in), 1/sqrt(in)).
class Linear : public TableLayer {
 public:
  Linear(std::size_t in_features, std::size_t out_features, bool bias = true,
         Generator& generator = default_generator());

  Tensor forward(const Tensor& x) override;
  // Also runs the activation that follows, while the output is in the CPU's caches.
  Tensor forward_with(const Tensor& x, std::span<const Child> next, std::size_t& taken) override;

  const Tensor weight, bias;  // bias is undefined without one
};

// A table of vectors: whole numbers [...] -> [..., dim]. Default: N(0, 1). The row padding_idx,
// counted from the end if negative, is drawn like the others, then zeroed, and gets no gradient.
class Embedding : public TableLayer {
 public:
  Embedding(std::size_t num_embeddings, std::size_t embedding_dim,
            std::optional<std::int64_t> padding_idx = {},
            Generator& generator = default_generator());

  Tensor forward(const Tensor& indices) override;

 private:
  std::optional<std::size_t> padding_;

 public:
  const Tensor weight;  // [num_embeddings, embedding_dim]
};

struct BatchNormOptions {
  Number eps = 1e-5;
  // The weight of a new batch in the running statistics. Without it they are means over all
  // batches.
  std::optional<Number> momentum = 0.1;
  bool affine = true, bias = true, track_running_stats = true;
};

// Batch normalisation over all axes but the channels (Ioffe & Szegedy 2015); in eval mode by the
// running statistics if they are tracked. Default: weight 1, bias 0, running mean 0, variance 1.
// The count of batches is not a float array, so it is a counter and not in the state_dict.
class BatchNorm : public TableLayer {
 public:
  Tensor forward(const Tensor& x) override { return normalize(x, Activation::none); }
  Tensor forward_with(const Tensor& x, std::span<const Child> next, std::size_t& taken) override;

 protected:
  // Inputs are [N, C, spatial...]. BatchNorm1d also takes [N, C].
  BatchNorm(std::size_t spatial_axes, std::size_t num_features, const BatchNormOptions& options);

 private:
  Tensor normalize(const Tensor& x, Activation activation);
  std::size_t axes_, features_;
  BatchNormOptions options_;
  std::int64_t* batches_tracked_;  // null when not tracked

 public:
  const Tensor weight, bias;              // undefined without one
  const Array running_mean, running_var;  // undefined when not tracked
};

template <std::size_t spatial_axes>
struct BatchNormOver : BatchNorm {
  explicit BatchNormOver(std::size_t num_features, const BatchNormOptions& options = {})
      : BatchNorm(spatial_axes, num_features, options) {}
};
using BatchNorm1d = BatchNormOver<1>;
using BatchNorm2d = BatchNormOver<2>;
using BatchNorm3d = BatchNormOver<3>;

struct LayerNormOptions {
  Number eps = 1e-5;
  bool elementwise_affine = true, bias = true;
};

// Layer normalisation over the last axes (Ba et al. 2016). Default: weight 1, bias 0.
class LayerNorm : public TableLayer {
 public:
  explicit LayerNorm(const Shape& normalized_shape, const LayerNormOptions& options = {});
  Tensor forward(const Tensor& x) override;

 private:
  Shape shape_;
  double eps_;

 public:
  const Tensor weight, bias;  // [normalized_shape...]; undefined without one
};

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

// Averages one window for each output pixel. The windows' sizes follow from the input's extents.
struct AdaptiveAvgPool2d : Stateless {
  explicit AdaptiveAvgPool2d(const Extents& output_size);
};

}  // namespace fanin::FANIN_PRECISION
