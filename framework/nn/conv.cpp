#include "framework/nn/conv.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "framework/core/error.hpp"
#include "framework/core/text.hpp"
#include "framework/nn/layers.hpp"
#include "framework/ops/conv.hpp"
#include "framework/ops/window.hpp"

namespace fanin::FANIN_PRECISION {
namespace {

// One number written out for each axis, as PyTorch prints them. Given a name, 0 is an Error.
Extents each(std::size_t axes, const Extents& extents, const char* positive = nullptr) {
  if (extents.size() != 1 && extents.size() != axes)
    throw Error("Conv{}d: expected one number or {}, got {}", axes, axes, to_string(extents));
  Shape shape;
  for (std::size_t axis = 0; axis < axes; ++axis) shape.push_back(extents.of(axis));
  if (positive) check_positive(fmt::format("Conv{}d", axes), positive, Extents(shape));
  return Extents(shape);
}

ConvOptions checked(std::size_t axes, std::size_t in, std::size_t out, ConvOptions options) {
  if (options.groups == 0 || in % options.groups != 0 || out % options.groups != 0)
    throw Error("Conv{}d: groups={} must divide in_channels={} and out_channels={}", axes,
                options.groups, in, out);
  options.stride = each(axes, options.stride, "stride");
  options.dilation = each(axes, options.dilation, "dilation");
  static_cast<Extents&>(options.padding) = each(axes, options.padding);
  if (options.padding.word == "same")
    for (const std::size_t stride : options.stride)
      if (stride != 1) throw Error("padding='same' is not supported for strided convolutions");
  if (std::ranges::find(padding_modes(), options.padding_mode) == padding_modes().end())
    throw Error("Conv{}d: padding_mode must be one of {}, not '{}'", axes,
                join(padding_modes(), ", "), options.padding_mode);
  return options;
}

// The padding as `pad` takes it, from the last axis on. 'same' puts the odd pixel after, as
// PyTorch.
std::vector<std::size_t> around(const Extents& kernel, const ConvOptions& options) {
  std::vector<std::size_t> result;
  for (std::size_t axis = kernel.size(); axis-- > 0;) {
    const bool same = options.padding.word == "same";
    const std::size_t each = options.padding.of(axis);
    const std::size_t both = same ? options.dilation.of(axis) * (kernel[axis] - 1) : 2 * each;
    result.insert(result.end(), {both / 2, both - both / 2});
  }
  return result;
}

Shape weight_shape(std::size_t in, std::size_t out, const Shape& kernel) {
  Shape shape{out, in};
  for (const std::size_t extent : kernel) shape.push_back(extent);
  return shape;
}

}  // namespace

const std::vector<std::string>& padding_modes() {
  static const std::vector<std::string> modes{"zeros", "reflect", "replicate", "circular"};
  return modes;
}

Conv::Conv(std::size_t spatial_axes, std::size_t in_channels, std::size_t out_channels,
           const Extents& kernel_size, const ConvOptions& options, Generator& generator)
    : TableLayer(fmt::format("Conv{}d", spatial_axes)),
      kernel_(each(spatial_axes, kernel_size, "kernel_size")),
      options_(checked(spatial_axes, in_channels, out_channels, options)),
      padding_(around(kernel_, options_)),
      fan_in_(in_channels / options_.groups * kernel_.numel()),
      weight(add_parameter("weight", uniform_within(weight_shape(in_channels / options_.groups,
                                                                 out_channels, kernel_),
                                                    fan_in_, generator))),
      bias(options_.bias ? add_parameter("bias", uniform_within({out_channels}, fan_in_, generator))
                         : Tensor()) {
  const Padding& padding = options_.padding;
  arguments_ = {std::int64_t(in_channels),
                std::int64_t(out_channels),
                tuple_value(kernel_),
                tuple_value(options_.stride),
                padding.word.empty() ? tuple_value(padding) : Value(padding.word),
                tuple_value(options_.dilation),
                std::int64_t(options_.groups),
                options_.bias,
                options_.padding_mode};
}

Tensor Conv::apply(const Tensor& x, Activation activation, const MaxPooling* pool) const {
  ConvArguments arguments{kernel_.size(),    options_.stride, options_.padding,
                          options_.dilation, options_.groups, activation};
  if (pool) arguments.pool = *pool;
  if (options_.padding_mode == "zeros") return conv(x, weight, bias, arguments);
  arguments.padding = 0;
  return conv(pad(x, padding_, options_.padding_mode), weight, bias, arguments);
}

Tensor Conv::forward(const Tensor& x) { return apply(x, Activation::none, nullptr); }

Tensor Conv::forward_with(const Tensor& x, std::span<const Child> next, std::size_t& taken) {
  taken = 0;
  if (has_hooks()) return (*this)(x);
  const Activation activation = activation_of(next, 0);
  if (activation != Activation::none) ++taken;
  if (!can_take(next, taken, "MaxPool" + std::to_string(kernel_.size()) + "d"))
    return taken > 0 ? apply(x, activation, nullptr) : (*this)(x);
  const auto& pool = dynamic_cast<const MaxPool&>(*next[taken++].second);
  return apply(x, activation, &pool.pooling);
}

}  // namespace fanin::FANIN_PRECISION
