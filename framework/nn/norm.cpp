#include "framework/nn/norm.hpp"

#include "framework/core/error.hpp"
#include "framework/ops/norm.hpp"

namespace fanin::FANIN_PRECISION {

BatchNorm::BatchNorm(std::size_t spatial_axes, std::size_t num_features,
                     const BatchNormOptions& options)
    : TableLayer("BatchNorm" + std::to_string(spatial_axes) + "d",
                 {std::int64_t(num_features), options.eps,
                  options.momentum ? Value(*options.momentum) : Value(), options.affine,
                  options.track_running_stats}),
      axes_(spatial_axes),
      features_(num_features),
      options_(options),
      batches_tracked_(options.track_running_stats ? &add_counter("num_batches_tracked") : nullptr),
      weight(options.affine ? add_parameter("weight", Array::full({num_features}, 1)) : Tensor()),
      bias(options.affine ? add_parameter("bias", Array::full({num_features}, 0)) : Tensor()),
      running_mean(options.track_running_stats
                       ? add_buffer("running_mean", Array::full({num_features}, 0))
                       : Array()),
      running_var(options.track_running_stats
                      ? add_buffer("running_var", Array::full({num_features}, 1))
                      : Array()) {}

Tensor BatchNorm::forward_with(const Tensor& x, std::span<const Child> next, std::size_t& taken) {
  const Activation activation = has_hooks() ? Activation::none : activation_of(next, 0);
  taken = activation != Activation::none ? 1 : 0;
  return taken ? normalize(x, activation) : (*this)(x);
}

Tensor BatchNorm::normalize(const Tensor& x, Activation activation) {
  const Shape& shape = x.shape();
  const bool flat = axes_ == 1 && shape.size() == 2;
  if ((shape.size() != 2 + axes_ && !flat) || shape[1] != features_) {
    const char* const expected[] = {"[N, C] or [N, C, L]", "[N, C, H, W]", "[N, C, D, H, W]"};
    throw Error("{}: expected input {} with C = {}, got {}", type(), expected[axes_ - 1], features_,
                to_string(shape));
  }
  const bool batch_statistics = training() || !running_mean.defined();
  if (training() && batches_tracked_) ++*batches_tracked_;
  const double cumulative =
      batches_tracked_ && *batches_tracked_ > 0 ? 1 / static_cast<double>(*batches_tracked_) : 0;
  return batch_norm(x, weight, bias, running_mean, running_var, batch_statistics,
                    options_.momentum ? options_.momentum->value : cumulative, options_.eps.value,
                    activation);
}

LayerNorm::LayerNorm(const Shape& normalized_shape, const LayerNormOptions& options)
    : TableLayer("LayerNorm", {tuple_value(normalized_shape), options.eps,
                               options.elementwise_affine, options.bias}),
      shape_(normalized_shape),
      eps_(options.eps.value),
      weight(options.elementwise_affine ? add_parameter("weight", Array::full(normalized_shape, 1))
                                        : Tensor()),
      bias(options.elementwise_affine && options.bias
               ? add_parameter("bias", Array::full(normalized_shape, 0))
               : Tensor()) {}

Tensor LayerNorm::forward(const Tensor& x) { return layer_norm(x, shape_, weight, bias, eps_); }

}  // namespace fanin::FANIN_PRECISION
