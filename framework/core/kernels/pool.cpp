#include "framework/core/kernels/simd.hpp"

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

// Calls visit(input pixel, tap) for each tap of the window at output (i, j, k) inside the image.
template <class F>
void for_taps(const Window& s, std::size_t i, std::size_t j, std::size_t k, F visit) {
  const Inside x(s, 0, i), y(s, 1, j), z(s, 2, k);
  for (std::size_t a = x.first; a < x.last; ++a)
    for (std::size_t b = y.first; b < y.last; ++b)
      for (std::size_t c = z.first; c < z.last; ++c) {
        const std::size_t d = x.position(s, 0, a), h = y.position(s, 1, b), w = z.position(s, 2, c);
        visit((d * s.in[1] + h) * s.in[2] + w, (a * s.kernel[1] + b) * s.kernel[2] + c);
      }
}

template <class F>
void for_outputs(const Window& s, F visit) {
  std::size_t pixel = 0;
  for (std::size_t c = 0; c < s.in_channels; ++c)
    for (std::size_t i = 0; i < s.out[0]; ++i)
      for (std::size_t j = 0; j < s.out[1]; ++j)
        for (std::size_t k = 0; k < s.out[2]; ++k) visit(c, i, j, k, pixel++);
}

void clear(Real* y, std::size_t n) {
  for_vectors(n, [&](auto, auto put) { put(y, Vec(0)); });
}

// The first of equal numbers wins and NaN beats every number, as in PyTorch.
void max_pool(const Window& s, const Real* x, Real* y, Real* tap) {
  for_outputs(s, [&](std::size_t c, std::size_t i, std::size_t j, std::size_t k, std::size_t out) {
    const Real* plane = x + c * s.in_pixels() * s.batch;
    Real *best = y + out * s.batch, *winner = tap + out * s.batch;
    bool first = true;
    for_taps(s, i, j, k, [&](std::size_t pixel, std::size_t number) {
      const Vec t(static_cast<Real>(number));
      for_vectors(s.batch, [&](auto get, auto put) {
        const Vec v = get(plane + pixel * s.batch);
        const Vec b = first ? v : get(best);
        const auto wins = (v > b) | is_nan(v);
        put(best, xsimd::select(wins, v, b));
        put(winner, first ? t : xsimd::select(wins, t, get(winner)));
      });
      first = false;
    });
    if (!first) return;
    for_vectors(s.batch, [&](auto, auto put) {  // a window in the padding alone
      put(best, Vec(-static_cast<Real>(__builtin_inf())));
      put(winner, Vec(-1));
    });
  });
}

void max_pool_backward(const Window& s, const Real* tap, const Real* g, Real* dx) {
  clear(dx, s.in_channels * s.in_pixels() * s.batch);
  for_outputs(s, [&](std::size_t c, std::size_t i, std::size_t j, std::size_t k, std::size_t out) {
    Real* plane = dx + c * s.in_pixels() * s.batch;
    for_taps(s, i, j, k, [&](std::size_t pixel, std::size_t number) {
      const Vec t(static_cast<Real>(number));
      Real* target = plane + pixel * s.batch;
      for_vectors(s.batch, [&](auto get, auto put) {
        const auto won = get(tap + out * s.batch) == t;
        put(target, get(target) + xsimd::select(won, get(g + out * s.batch), Vec(0)));
      });
    });
  });
}

// Calls visit(input plane, output row, share) for each pair of pixels that mean pooling connects.
template <class F>
void for_shares(const Pooling& p, const PoolSpan* const* spans, F visit) {
  std::size_t pixel = 0;
  for (std::size_t c = 0; c < p.channels; ++c)
    for (std::size_t i = 0; i < p.out[0]; ++i)
      for (std::size_t j = 0; j < p.out[1]; ++j)
        for (std::size_t k = 0; k < p.out[2]; ++k, ++pixel) {
          const PoolSpan &x = spans[0][i], &y = spans[1][j], &z = spans[2][k];
          for (std::size_t d = x.first; d < x.last; ++d)
            for (std::size_t h = y.first; h < y.last; ++h)
              for (std::size_t w = z.first; w < z.last; ++w)
                visit((((c * p.in[0] + d) * p.in[1] + h) * p.in[2] + w) * p.batch, pixel * p.batch,
                      Vec(x.share * y.share * z.share));
        }
}

void add_shares(Real* target, const Real* source, std::size_t batch, const Vec& share) {
  for_vectors(
      batch, [&](auto get, auto put) { put(target, xsimd::fma(get(source), share, get(target))); });
}

void mean_pool(const Pooling& p, const PoolSpan* const* spans, const Real* x, Real* y) {
  clear(y, p.channels * p.out[0] * p.out[1] * p.out[2] * p.batch);
  for_shares(p, spans, [&](std::size_t in, std::size_t out, const Vec& share) {
    add_shares(y + out, x + in, p.batch, share);
  });
}

void mean_pool_backward(const Pooling& p, const PoolSpan* const* spans, const Real* g, Real* dx) {
  clear(dx, p.channels * p.in[0] * p.in[1] * p.in[2] * p.batch);
  for_shares(p, spans, [&](std::size_t in, std::size_t out, const Vec& share) {
    add_shares(dx + in, g + out, p.batch, share);
  });
}

}  // namespace

void add_pool(Kernels& table) {
  table.max_pool = max_pool;
  table.max_pool_backward = max_pool_backward;
  table.mean_pool = mean_pool;
  table.mean_pool_backward = mean_pool_backward;
}

}  // namespace fanin::inline FANIN_PRECISION::FANIN_ISA
