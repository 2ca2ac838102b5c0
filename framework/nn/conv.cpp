#include "framework/nn/conv.hpp"

#include <fmt/format.h>

#include "framework/core/error.hpp"
#include "framework/nn/default_init.hpp"

namespace fanin::inline FANIN_PRECISION {
namespace {

std::size_t check(std::size_t in, std::size_t out, const Conv2dOptions& options) {
  if (options.groups == 0 || in % options.groups != 0 || out % options.groups != 0)
    throw Error(fmt::format("Conv2d: groups={} must divide in_channels={} and out_channels={}",
                            options.groups, in, out));
  return in;
}

std::vector<std::int64_t> tuple(Pair pair) {
  return {std::int64_t(pair[0]), std::int64_t(pair[1])};
}

}  // namespace

Conv2d::Conv2d(std::size_t in_channels, std::size_t out_channels, Pair kernel_size,
               const Conv2dOptions& options, Generator& generator)
    : in_(check(in_channels, out_channels, options)),
      out_(out_channels),
      kernel_(kernel_size),
      options_(options),
      weight(add_parameter(
          "weight", uniform_within({out_, in_ / options.groups, kernel_[0], kernel_[1]},
                                   in_ / options.groups * kernel_[0] * kernel_[1], generator))),
      bias(options.bias
               ? add_parameter(
                     "bias", uniform_within({out_}, in_ / options.groups * kernel_[0] * kernel_[1],
                                            generator))
               : Tensor()) {}

Tensor Conv2d::forward(const Tensor& x) {
  return conv2d(x, weight, bias, options_.stride, options_.padding, options_.dilation,
                options_.groups);
}

std::vector<Value> Conv2d::arguments() const {
  return {std::int64_t(in_),
          std::int64_t(out_),
          tuple(kernel_),
          tuple(options_.stride),
          tuple(options_.padding),
          tuple(options_.dilation),
          std::int64_t(options_.groups),
          options_.bias};
}

}  // namespace fanin::inline FANIN_PRECISION
