#include "framework/core/kernels/windows.hpp"

namespace fanin::FANIN_PRECISION::FANIN_ISA {
namespace {

void max_pool(const Window& s, const Real* x, Real* y, Real* tap) {
  for_windows(s, {0, s.in_channels}, [&](std::size_t channel, std::size_t out, auto window) {
    const Real* plane = x + channel * s.in_pixels() * s.batch;
    for_blocks({0, s.batch}, [&](std::size_t n, std::size_t lanes) {
      const std::size_t at = out * s.batch + n;
      pool_window(window, plane + n, s.batch, y + at, tap + at, lanes);
    });
  });
}

void max_pool_backward(const Window& s, const Real* tap, const Real* g, Real* dx) {
  const Meeting meeting(s);
  if (meeting.clear_first()) clear(dx, s.in_channels * s.in_pixels() * s.batch);
  for_windows(s, {0, s.in_channels}, [&](std::size_t channel, std::size_t out, auto window) {
    Real* plane = dx + channel * s.in_pixels() * s.batch;
    for_blocks({0, s.batch}, [&](std::size_t n, std::size_t lanes) {
      const std::size_t at = out * s.batch + n;
      pool_window_backward(window, meeting, load_lanes(tap + at, lanes), load_lanes(g + at, lanes),
                           plane + n, s.batch, lanes);
    });
  });
}

// Adds to each pixel of `target` its share of each pixel of `source` that mean pooling connects
// with it. The target is the output, or in the backward pass the input.
template <bool forward>
void mean_pool(const Window& s, const PoolSpan* const* spans, const Real* source, Real* target) {
  clear(target, s.in_channels * (forward ? s.out_pixels() : s.in_pixels()) * s.batch);
  std::size_t pixel = 0;
  for (std::size_t c = 0; c < s.in_channels; ++c)
    for (std::size_t i = 0; i < s.out[0]; ++i)
      for (std::size_t j = 0; j < s.out[1]; ++j)
        for (std::size_t k = 0; k < s.out[2]; ++k, ++pixel) {
          const PoolSpan &x = spans[0][i], &y = spans[1][j], &z = spans[2][k];
          for (std::size_t d = x.first; d < x.last; ++d)
            for (std::size_t h = y.first; h < y.last; ++h)
              for (std::size_t w = z.first; w < z.last; ++w) {
                const Vec share(x.share * y.share * z.share);
                const std::size_t in = ((c * s.in[0] + d) * s.in[1] + h) * s.in[2] + w;
                const Real* from = source + (forward ? in : pixel) * s.batch;
                Real* to = target + (forward ? pixel : in) * s.batch;
                for_vectors(s.batch, [&](auto get, auto put) {
                  put(to, xsimd::fma(get(from), share, get(to)));
                });
              }
        }
}

}  // namespace

void add_pool(Kernels& table) {
  table.max_pool = max_pool;
  table.max_pool_backward = max_pool_backward;
  table.mean_pool = mean_pool<true>;
  table.mean_pool_backward = mean_pool<false>;
}

}  // namespace fanin::FANIN_PRECISION::FANIN_ISA
