#include "framework/nn/pooling.hpp"

namespace fanin::inline FANIN_PRECISION {

MaxPool2d::MaxPool2d(Pair kernel_size, const MaxPool2dOptions& options)
    : kernel_(kernel_size), options_(options) {
  for (std::size_t i = 0; i < 2; ++i)
    if (options_.stride[i] == 0) options_.stride[i] = kernel_[i];
}

Tensor MaxPool2d::forward(const Tensor& x) {
  return max_pool2d(x, kernel_, options_.stride, options_.padding, options_.dilation,
                    options_.ceil_mode);
}

std::vector<Value> MaxPool2d::arguments() const {
  // PyTorch prints what the caller wrote; equal extents are most often written as one number.
  const auto value = [](Pair p) -> Value {
    if (p[0] == p[1]) return std::int64_t(p[0]);
    return std::vector<std::int64_t>{std::int64_t(p[0]), std::int64_t(p[1])};
  };
  return {value(kernel_), value(options_.stride), value(options_.padding), value(options_.dilation),
          options_.ceil_mode};
}

}  // namespace fanin::inline FANIN_PRECISION
