#pragma once

#include "framework/nn/stateless.hpp"
#include "framework/ops/window.hpp"

namespace fanin::FANIN_PRECISION {

// Zeros around an image: [N, C, H, W] -> [N, C, top + H + bottom, left + W + right]. `padding` is
// one number for all sides, or (left, right, top, bottom). Throws Error for another count.
struct ZeroPad2d : Stateless {
  explicit ZeroPad2d(const Extents& padding) : ZeroPad2d(sides(padding)) {}

 private:
  explicit ZeroPad2d(const std::vector<std::size_t>& sides)
      : Stateless("ZeroPad2d", {Tuple(sides.begin(), sides.end())},
                  [=](const Tensor& x) { return pad(x, sides, "constant"); }) {}

  static std::vector<std::size_t> sides(const Extents& padding) {
    if (padding.size() != 1 && padding.size() != 4)
      throw Error("ZeroPad2d: padding must be one number or (left, right, top, bottom), got " +
                  to_string(padding));
    return {padding.of(0), padding.of(1), padding.of(2), padding.of(3)};
  }
};

}  // namespace fanin::FANIN_PRECISION
