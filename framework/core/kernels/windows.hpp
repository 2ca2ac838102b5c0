#pragma once

#include "framework/core/kernels/simd.hpp"

// Max pooling of one block of images, by itself or behind a convolution.
namespace fanin::inline FANIN_PRECISION::FANIN_ISA {
namespace {

// The taps of one axis that lie inside the image, for the window at output `at`.
struct Inside {
  std::size_t first, last;  // [first, last)
  std::ptrdiff_t origin;    // where tap 0 lies

  Inside(const Window& s, int axis, std::size_t at)
      : origin(static_cast<std::ptrdiff_t>(at * s.stride[axis]) -
               static_cast<std::ptrdiff_t>(s.padding[axis])) {
    const auto dilation = static_cast<std::ptrdiff_t>(s.dilation[axis]);
    const auto extent = static_cast<std::ptrdiff_t>(s.in[axis]);
    first = origin < 0 ? static_cast<std::size_t>((-origin + dilation - 1) / dilation) : 0;
    last =
        origin < extent ? static_cast<std::size_t>((extent - origin + dilation - 1) / dilation) : 0;
    if (last > s.kernel[axis]) last = s.kernel[axis];
  }
  std::size_t position(const Window& s, int axis, std::size_t tap) const {
    return static_cast<std::size_t>(origin + static_cast<std::ptrdiff_t>(tap * s.dilation[axis]));
  }
};

// Calls visit(channel, output pixel, window) for every output, and window(f) calls
// f(input pixel, tap) for each tap inside the image.
template <class F>
void for_windows(const Window& s, F visit) {
  std::size_t out = 0;
  for (std::size_t channel = 0; channel < s.in_channels; ++channel)
    for (std::size_t i = 0; i < s.out[0]; ++i) {
      const Inside x(s, 0, i);
      for (std::size_t j = 0; j < s.out[1]; ++j) {
        const Inside y(s, 1, j);
        for (std::size_t k = 0; k < s.out[2]; ++k) {
          const Inside z(s, 2, k);
          visit(channel, out++, [&](auto f) {
            for (std::size_t a = x.first; a < x.last; ++a)
              for (std::size_t b = y.first; b < y.last; ++b) {
                const std::size_t row =
                    (x.position(s, 0, a) * s.in[1] + y.position(s, 1, b)) * s.in[2];
                for (std::size_t c = z.first; c < z.last; ++c)
                  f(row + z.position(s, 2, c), (a * s.kernel[1] + b) * s.kernel[2] + c);
              }
          });
        }
      }
    }
}

// Up to `width` images: x [C][in] with neighbouring pixels x_step apart -> y and, unless null, tap
// [C][out], y_step apart. The first of equal numbers wins and NaN beats every number, as in
// PyTorch; a window in the padding alone gives minus infinity.
inline void max_pool_block(const Window& s, const Real* x, std::size_t x_step, Real* y, Real* tap,
                           std::size_t y_step, std::size_t lanes) {
  for_windows(s, [&](std::size_t channel, std::size_t out, auto window) {
    const Real* plane = x + channel * s.in_pixels() * x_step;
    Vec best(-static_cast<Real>(__builtin_inf())), winner(-1);
    window([&](std::size_t pixel, std::size_t number) {
      const Vec v = load_lanes(plane + pixel * x_step, lanes);
      // The first tap is taken whatever it is: minus infinity beats nothing.
      const auto wins = (v > best) | is_nan(v) | (winner == Vec(-1));
      best = xsimd::select(wins, v, best);
      winner = xsimd::select(wins, Vec(static_cast<Real>(number)), winner);
    });
    store_lanes(y + out * y_step, best, lanes);
    if (tap) store_lanes(tap + out * y_step, winner, lanes);
  });
}

// The way back: adds each gradient g [C][out] (0 where y, unless null, is not positive: a ReLU's)
// to the pixel of dx [C][in] that won, which starts as zeros; sums [C][width], unless null, gains
// the gradients by channel.
inline void max_pool_block_backward(const Window& s, const Real* tap, const Real* y, const Real* g,
                                    std::size_t y_step, std::size_t lanes, Real* dx,
                                    std::size_t x_step, Real* sums) {
  for_windows(s, [&](std::size_t channel, std::size_t out, auto window) {
    Real* plane = dx + channel * s.in_pixels() * x_step;
    const Vec winner = load_lanes(tap + out * y_step, lanes);
    Vec gradient = load_lanes(g + out * y_step, lanes);
    if (y)
      gradient = xsimd::select(load_lanes(y + out * y_step, lanes) <= Vec(0), Vec(0), gradient);
    if (sums) store(sums + channel * width, load(sums + channel * width) + gradient);
    window([&](std::size_t pixel, std::size_t number) {
      Real* target = plane + pixel * x_step;
      const auto won = winner == Vec(static_cast<Real>(number));
      store_lanes(target, load_lanes(target, lanes) + xsimd::select(won, gradient, Vec(0)), lanes);
    });
  });
}

inline void clear(Real* y, std::size_t n) {
  for_vectors(n, [&](auto, auto put) { put(y, Vec(0)); });
}

}  // namespace
}  // namespace fanin::inline FANIN_PRECISION::FANIN_ISA
