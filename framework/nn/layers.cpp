#include "framework/nn/layers.hpp"

#include <algorithm>

#include "framework/ops/arithmetic.hpp"
#include "framework/ops/norm.hpp"

namespace fanin::FANIN_PRECISION {
namespace {

Value shown(std::optional<std::size_t> row) { return row ? Value(std::int64_t(*row)) : Value(); }

std::optional<std::size_t> padding_row(std::optional<std::int64_t> index, std::size_t rows) {
  if (!index) return {};
  const auto n = static_cast<std::int64_t>(rows);
  if (*index < -n || *index >= n)
    throw Error("Embedding: padding_idx={} must be within num_embeddings={}", *index, n);
  return static_cast<std::size_t>(*index < 0 ? *index + n : *index);
}

Array draw(std::size_t rows, std::size_t extent, std::optional<std::size_t> padding,
           Generator& generator) {
  Array table({rows, extent});
  generator.normal(table, 0, 1);
  if (padding) std::fill_n(table.data() + *padding * extent, extent, Real(0));
  return table;
}

// PyTorch prints what the caller wrote: one number, or one for each axis.
Value as_written(const Extents& extents) {
  if (!extents.is_tuple) return std::int64_t(extents[0]);
  Tuple tuple;
  for (const std::size_t extent : extents)
    tuple.push_back(extent == as_input ? std::nullopt : std::optional(std::int64_t(extent)));
  return tuple;
}

void check(const std::string& layer, const Extents& kernel, const Extents& stride,
           const Extents& dilation) {
  check_positive(layer, "kernel_size", kernel);
  check_positive(layer, "stride", stride);
  check_positive(layer, "dilation", dilation);
}

// PyTorch always writes the extents of one axis as a tuple.
std::vector<Value> shown(std::size_t axes, const Extents& kernel, const Extents& stride,
                         const AvgPoolOptions& o) {
  const auto show = [=](const Extents& e) { return axes == 1 ? tuple_value(e) : as_written(e); };
  return {
      show(kernel),        show(stride),
      show(o.padding),     o.ceil_mode,
      o.count_include_pad, o.divisor_override ? Value(std::int64_t(*o.divisor_override)) : Value()};
}

}  // namespace

Linear::Linear(std::size_t in_features, std::size_t out_features, bool bias, Generator& generator)
    : TableLayer("Linear", {std::int64_t(in_features), std::int64_t(out_features), bias}),
      weight(add_parameter("weight",
                           uniform_within({out_features, in_features}, in_features, generator))),
      bias(bias ? add_parameter("bias", uniform_within({out_features}, in_features, generator))
                : Tensor()) {}

Tensor Linear::forward(const Tensor& x) { return linear(x, weight, bias); }

Tensor Linear::forward_with(const Tensor& x, std::span<const Child> next, std::size_t& taken) {
  const Activation activation = has_hooks() ? Activation::none : activation_of(next, 0);
  taken = activation != Activation::none ? 1 : 0;
  return taken ? linear(x, weight, bias, activation) : (*this)(x);
}

Embedding::Embedding(std::size_t num_embeddings, std::size_t embedding_dim,
                     std::optional<std::int64_t> padding_idx, Generator& generator)
    : TableLayer("Embedding", {std::int64_t(num_embeddings), std::int64_t(embedding_dim),
                               shown(padding_row(padding_idx, num_embeddings))}),
      padding_(padding_row(padding_idx, num_embeddings)),
      weight(add_parameter("weight", draw(num_embeddings, embedding_dim, padding_, generator))) {}

Tensor Embedding::forward(const Tensor& indices) {
  return embedding(indices.value(), weight, padding_);
}

BatchNorm::BatchNorm(std::size_t spatial_axes, std::size_t num_features,
                     const BatchNormOptions& options)
    : TableLayer("BatchNorm" + std::to_string(spatial_axes) + "d",
                 {std::int64_t(num_features), options.eps,
                  options.momentum ? Value(*options.momentum) : Value(), options.affine,
                  options.affine && options.bias, options.track_running_stats}),
      axes_(spatial_axes),
      features_(num_features),
      options_(options),
      batches_tracked_(options.track_running_stats ? &add_counter("num_batches_tracked") : nullptr),
      weight(options.affine ? add_parameter("weight", Array::full({num_features}, 1)) : Tensor()),
      bias(options.affine && options.bias ? add_parameter("bias", Array::full({num_features}, 0))
                                          : Tensor()),
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
    : TableLayer("LayerNorm",
                 {tuple_value(normalized_shape), options.eps, options.elementwise_affine,
                  options.elementwise_affine && options.bias}),
      shape_(normalized_shape),
      eps_(options.eps.value),
      weight(options.elementwise_affine ? add_parameter("weight", Array::full(normalized_shape, 1))
                                        : Tensor()),
      bias(options.elementwise_affine && options.bias
               ? add_parameter("bias", Array::full(normalized_shape, 0))
               : Tensor()) {}

Tensor LayerNorm::forward(const Tensor& x) { return layer_norm(x, shape_, weight, bias, eps_); }

MaxPool::MaxPool(std::size_t axes, const Extents& kernel, const MaxPoolOptions& o)
    : Stateless(axes == 1 ? "MaxPool1d" : "MaxPool2d",
                {as_written(kernel), as_written(o.stride.value_or(kernel)), as_written(o.padding),
                 as_written(o.dilation), o.ceil_mode},
                [=, this](const Tensor& x) { return max_pool(axes, x, pooling); }),
      pooling{kernel, o.stride.value_or(kernel), o.padding, o.dilation, o.ceil_mode} {
  check(type(), kernel, pooling.stride, o.dilation);
}

AvgPool::AvgPool(std::size_t axes, const Extents& kernel, const std::optional<Extents>& stride,
                 const AvgPoolOptions& o)
    : Stateless(axes == 1 ? "AvgPool1d" : "AvgPool2d",
                shown(axes, kernel, stride.value_or(kernel), o),
                [=, stride = stride.value_or(kernel)](const Tensor& x) {
                  return avg_pool(axes, x, kernel, stride, o);
                }) {
  check(type(), kernel, stride.value_or(kernel), 1);
}

AdaptiveAvgPool2d::AdaptiveAvgPool2d(const Extents& output)
    : Stateless("AdaptiveAvgPool2d", {as_written(output)},
                [=](const Tensor& x) { return adaptive_avg_pool2d(x, output); }) {}

}  // namespace fanin::FANIN_PRECISION
