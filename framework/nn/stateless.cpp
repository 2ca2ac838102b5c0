#include "framework/nn/stateless.hpp"

namespace fanin::FANIN_PRECISION {
namespace {

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
