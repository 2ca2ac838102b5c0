#pragma once

#include <optional>

#include "framework/nn/module.hpp"

namespace fanin::FANIN_PRECISION {

struct BatchNormOptions {
  Number eps = 1e-5;
  // The weight of a new batch in the running statistics. Without it they are means over all
  // batches.
  std::optional<Number> momentum = 0.1;
  bool affine = true, track_running_stats = true;
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
  const Tensor weight, bias;              // undefined when not affine
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

}  // namespace fanin::FANIN_PRECISION
