#pragma once

#include "framework/nn/module.hpp"
#include "framework/ops/conv.hpp"

namespace fanin::inline FANIN_PRECISION {

struct MaxPool2dOptions {
  Pair stride = {0, 0};  // 0: the kernel's size
  Pair padding = {0, 0}, dilation = {1, 1};
  bool ceil_mode = false;
};

// The largest of each window: [N, C, H, W] -> [N, C, OH, OW].
class MaxPool2d : public Module {
 public:
  explicit MaxPool2d(Pair kernel_size, const MaxPool2dOptions& options = {});
  explicit MaxPool2d(std::size_t kernel_size, const MaxPool2dOptions& options = {})
      : MaxPool2d(Pair{kernel_size, kernel_size}, options) {}

  Tensor forward(const Tensor& x) override;
  std::string type() const override { return "MaxPool2d"; }
  std::vector<Value> arguments() const override;

 private:
  Pair kernel_;
  MaxPool2dOptions options_;
};

}  // namespace fanin::inline FANIN_PRECISION
