#include "framework/ops/pad.hpp"

#include <algorithm>
#include <array>

#include "framework/core/error.hpp"
#include "framework/core/join.hpp"
#include "framework/ops/window.hpp"

namespace fanin::FANIN_PRECISION {
namespace {

// For each place of a padded axis of extent n, the place of x that it shows, or `zero`.
using Sources = std::vector<std::size_t>;
constexpr auto zero = std::size_t(-1);

Sources sources(const std::string& mode, std::size_t n, std::size_t before, std::size_t after) {
  const std::size_t larger = std::max(before, after);
  if (mode == "circular" && larger > n)
    throw Error("pad: Padding value causes wrapping around more than once.");
  if (mode == "reflect" && larger >= n)
    throw Error(
        "pad: Padding size should be less than the corresponding input dimension, but got: padding "
        "({}, {}) of an extent of {}",
        before, after, n);
  Sources result;
  for (std::size_t i = 0; i < before + n + after; ++i) {
    const std::size_t inside = std::clamp(i, before, before + n - 1);  // replicate's
    if (mode == "constant")
      result.push_back(i == inside ? i - before : zero);
    else if (mode == "circular")
      result.push_back((i + n - before) % n);
    else if (mode == "reflect")
      result.push_back(2 * inside - i - before);
    else
      result.push_back(inside - before);
  }
  return result;
}

// Which numbers of x [N, C, D, H, W] a padded one shows, in runs of those of a batch.
struct Plan {
  std::size_t channels, height, width, depth;  // of x
  std::array<Sources, 3> from;                 // along D, H, W

  template <class F>
  void each(const F& f) const {  // f(run of the padded, run of x), but for those of zeros
    std::size_t to = 0;
    for (std::size_t c = 0; c < channels; ++c)
      for (const std::size_t d : from[0])
        for (const std::size_t h : from[1])
          for (const std::size_t w : from[2]) {
            if (d != zero && h != zero && w != zero)
              f(to, ((c * depth + d) * height + h) * width + w);
            ++to;
          }
  }
};

Tensor padded(const Tensor& x, const std::vector<std::size_t>& padding, const std::string& mode) {
  const Shape& shape = x.shape();
  const std::size_t axes = padding.size() / 2;
  if (std::find(shape.begin() + 2, shape.end(), std::size_t{0}) != shape.end())
    throw Error("pad: input {} is empty", to_string(shape));
  Shape out = shape;
  for (std::size_t i = 0; i < axes; ++i) {  // from the last axis on
    std::size_t& extent = out[axes + 1 - i];
    if (__builtin_add_overflow(extent, padding[2 * i], &extent) ||
        __builtin_add_overflow(extent, padding[2 * i + 1], &extent))
      throw Error("pad: padding ({}) is too large", join(padding, ", "));
  }
  Array y(out, 0);  // before its plan: what no memory could hold is refused here
  Plan plan{shape[1], axes > 1 ? shape[axes] : 1, shape[axes + 1], axes > 2 ? shape[2] : 1, {}};
  plan.from.fill({0});
  for (std::size_t i = 0; i < axes; ++i)
    plan.from[2 - i] = sources(mode, shape[axes + 1 - i], padding[2 * i], padding[2 * i + 1]);
  const std::size_t n = shape[0];
  const Array input = x.value().batch_last();  // memory [C][spatial...][N]
  if (mode == "constant") y.fill(0);
  plan.each([&](std::size_t to, std::size_t from) {
    std::copy_n(input.data() + from * n, n, y.data() + to * n);
  });
  return Tensor::from_op(y, {{x, [plan, shape, n](const Array& g, const Array&) {
                                Array dx(shape, 0);
                                dx.fill(0);
                                const Array grad = g.batch_last();
                                plan.each([&](std::size_t to, std::size_t from) {
                                  for (std::size_t i = 0; i < n; ++i)
                                    dx.data()[from * n + i] += grad.data()[to * n + i];
                                });
                                return dx;
                              }}});
}

}  // namespace

Tensor pad(const Tensor& x, const std::vector<std::size_t>& padding, const std::string& mode) {
  if (mode != "constant" && mode != "circular" && mode != "reflect" && mode != "replicate")
    throw Error("pad: mode must be constant, circular, reflect or replicate, not '{}'", mode);
  if (padding.size() != 2 && padding.size() != 4 && padding.size() != 6)
    throw Error("pad: padding takes 2, 4 or 6 numbers, got ({})", join(padding, ", "));
  return with_batch("pad", padding.size() / 2, x,
                    [&](const Tensor& batch) { return padded(batch, padding, mode); });
}

}  // namespace fanin::FANIN_PRECISION
