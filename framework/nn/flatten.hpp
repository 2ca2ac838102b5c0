#pragma once

#include "framework/nn/stateless.hpp"
#include "framework/ops/shape.hpp"

namespace fanin::FANIN_PRECISION {

// Axes [start_dim, end_dim] as one: [N, C, H, W] -> [N, C H W].
struct Flatten : Stateless {
  explicit Flatten(std::int64_t start_dim = 1, std::int64_t end_dim = -1)
      : Stateless("Flatten", {start_dim, end_dim},
                  [=](const Tensor& x) { return flatten(x, start_dim, end_dim); }) {}
};

}  // namespace fanin::FANIN_PRECISION
