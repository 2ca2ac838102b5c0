#include "framework/nn/batchnorm.hpp"

#include <fmt/format.h>

#include "framework/core/error.hpp"
#include "framework/ops/norm.hpp"

namespace fanin::inline FANIN_PRECISION {

BatchNorm::BatchNorm(std::size_t num_features, const BatchNormOptions& options)
    : features_(num_features),
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

Tensor BatchNorm::forward(const Tensor& x) {
  if (!accepts(x.shape().size()) || x.shape()[1] != features_)
    throw Error(fmt::format("{}: expected input {} with C = {}, got {}", type(), expected(),
                            features_, to_string(x.shape())));
  const bool batch_statistics = training() || !running_mean.defined();
  if (training() && batches_tracked_) ++*batches_tracked_;
  return batch_norm(x, weight, bias, running_mean, running_var, batch_statistics, options_.momentum,
                    options_.eps);
}

std::vector<Value> BatchNorm::arguments() const {
  return {std::int64_t(features_), options_.eps, options_.momentum, options_.affine,
          options_.track_running_stats};
}

}  // namespace fanin::inline FANIN_PRECISION
