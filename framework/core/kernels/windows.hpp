#pragma once

#include "framework/core/kernels/simd.hpp"

// Max pooling, by itself or behind a convolution.
namespace fanin::FANIN_PRECISION::FANIN_ISA {
namespace {

// The taps of one axis that lie inside the image, for the window of output `at`.
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

// Calls visit(channel, output pixel, window) for every output of these channels, and window(f)
// calls f(input pixel, tap) for each tap inside the image.
template <class F>
void for_windows(const Window& s, Range channels, F visit) {
  std::size_t out = channels.first * s.out_pixels();
  for (std::size_t channel = channels.first; channel < channels.last; ++channel)
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

// Pools one window of up to `width` images: x [in], with pixels x_step apart, gives y and, unless
// it is null, tap. As in PyTorch, the first of equals wins, NaN wins over all, and padding is
// -infinity.
template <class Taps>
inline void pool_window(Taps window, const Real* x, std::size_t x_step, Real* y, Real* tap,
                        std::size_t lanes) {
  Vec best(-static_cast<Real>(__builtin_inf())), winner(-1);
  window([&](std::size_t pixel, std::size_t number) {
    const Vec v = load_lanes(x + pixel * x_step, lanes);
    // The first tap always wins, as it may be minus infinity.
    const auto wins = (v > best) | is_nan(v) | (winner == Vec(-1));
    best = xsimd::select(wins, v, best);
    winner = xsimd::select(wins, Vec(static_cast<Real>(number)), winner);
  });
  store_lanes(y, best, lanes);
  if (tap) store_lanes(tap, winner, lanes);
}

// How the backward pass writes the pixels of dx: overlapping windows add to them, others set them.
struct Meeting {
  bool overlap, gaps;  // gaps are pixels in no window

  explicit Meeting(const Window& s) : overlap(false), gaps(false) {
    for (int i = 0; i < 3; ++i) {
      overlap |= s.stride[i] < (s.kernel[i] - 1) * s.dilation[i] + 1;
      gaps |= s.dilation[i] > 1 || s.stride[i] > s.kernel[i] ||
              s.out[i] * s.stride[i] < s.in[i] + s.padding[i];
    }
  }
  bool clear_first() const { return overlap || gaps; }
};

// Adds the gradient to the pixel of dx [in] that won, or sets all pixels of the window.
template <class Taps>
inline void pool_window_backward(Taps window, const Meeting& meeting, const Vec& winner,
                                 const Vec& gradient, Real* dx, std::size_t x_step,
                                 std::size_t lanes) {
  window([&](std::size_t pixel, std::size_t number) {
    Real* target = dx + pixel * x_step;
    const auto won = winner == Vec(static_cast<Real>(number));
    const Vec part = xsimd::select(won, gradient, Vec(0));
    store_lanes(target, meeting.overlap ? load_lanes(target, lanes) + part : part, lanes);
  });
}

inline void clear(Real* y, std::size_t n) {
  for_vectors(n, [&](auto, auto put) { put(y, Vec(0)); });
}

}  // namespace
}  // namespace fanin::FANIN_PRECISION::FANIN_ISA
