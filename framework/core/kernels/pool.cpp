#include "framework/core/kernels/simd.hpp"

namespace fanin::inline FANIN_PRECISION::FANIN_ISA {
namespace {

// Calls visit(input pixel, tap) for each tap of the window at output (i, j, k) inside the image.
template <class F>
void for_taps(const Window& s, std::size_t i, std::size_t j, std::size_t k, F visit) {
  const std::size_t at[3] = {i, j, k};
  const auto position = [&](int axis, std::size_t tap) {
    return at[axis] * s.stride[axis] + tap * s.dilation[axis] - s.padding[axis];  // may wrap round
  };
  std::size_t tap = 0;
  for (std::size_t a = 0; a < s.kernel[0]; ++a)
    for (std::size_t b = 0; b < s.kernel[1]; ++b)
      for (std::size_t c = 0; c < s.kernel[2]; ++c, ++tap) {
        const std::size_t d = position(0, a), h = position(1, b), w = position(2, c);
        if (d < s.in[0] && h < s.in[1] && w < s.in[2]) visit((d * s.in[1] + h) * s.in[2] + w, tap);
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
  const std::size_t n = s.in_channels * s.in_pixels() * s.batch;
  for_vectors(n, [&](auto, auto put) { put(dx, Vec(0)); });
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

}  // namespace

void add_pool(Kernels& table) {
  table.max_pool = max_pool;
  table.max_pool_backward = max_pool_backward;
}

}  // namespace fanin::inline FANIN_PRECISION::FANIN_ISA
