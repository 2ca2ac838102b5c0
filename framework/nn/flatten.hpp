#pragma once

#include "framework/nn/module.hpp"
#include "framework/ops/shape.hpp"

namespace fanin::inline FANIN_PRECISION {

// Axes [start_dim, end_dim] as one: [N, C, H, W] -> [N, C H W].
class Flatten : public Module {
 public:
  explicit Flatten(std::int64_t start_dim = 1, std::int64_t end_dim = -1)
      : start_(start_dim), end_(end_dim) {}

  Tensor forward(const Tensor& x) override { return flatten(x, start_, end_); }
  std::string type() const override { return "Flatten"; }
  std::vector<Value> arguments() const override { return {start_, end_}; }

 private:
  std::int64_t start_, end_;
};

}  // namespace fanin::inline FANIN_PRECISION
