#pragma once

#include "framework/core/kernels/simd.hpp"

// Convolution with images in the lanes. A block of `width` images is copied into scratch and
// padded. Then each tap of the kernel is one offset from an output pixel's corner, whatever the
// rank, stride and dilation, so one loop (correlate) serves both the output and the input's
// gradient:
//   y[o][p] = b[o] + sum_t w[o][t] x[corner[p] + tap[t]],  t over (channel, kernel position).
namespace fanin::FANIN_PRECISION::FANIN_ISA {
namespace {

// The taps of one axis that lie inside the image, for the window of output `at`.
inline Inside taps_inside(const Window& s, int axis, std::size_t at) {
  return {s, axis, at * s.stride[axis], s.dilation[axis], s.kernel[axis]};
}

// Calls visit(channel, output pixel, window) for every output of these channels, and window(f)
// calls f(input pixel, tap) for each tap inside the image.
template <class F>
void for_windows(const Window& s, Range channels, F visit) {
  std::size_t out = channels.first * s.out_pixels();
  for (std::size_t channel = channels.first; channel < channels.last; ++channel)
    for (std::size_t i = 0; i < s.out[0]; ++i) {
      const Inside x = taps_inside(s, 0, i);
      for (std::size_t j = 0; j < s.out[1]; ++j) {
        const Inside y = taps_inside(s, 1, j);
        for (std::size_t k = 0; k < s.out[2]; ++k) {
          const Inside z = taps_inside(s, 2, k);
          visit(channel, out++, [&](auto f) {
            for (std::size_t a = x.first; a < x.last; ++a)
              for (std::size_t b = y.first; b < y.last; ++b) {
                const std::size_t row = (x.position(a) * s.in[1] + y.position(b)) * s.in[2];
                for (std::size_t c = z.first; c < z.last; ++c)
                  f(row + z.position(c), (a * s.kernel[1] + b) * s.kernel[2] + c);
              }
          });
        }
      }
    }
}

// Pools one window of up to `width` images: x [in], with pixels x_step apart, gives y and tap,
// which may be null. As in PyTorch, the first of equals wins, NaN wins, and padding is -infinity.
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

struct Extents {
  std::size_t d[3];
  std::size_t count() const { return d[0] * d[1] * d[2]; }
  std::size_t offset(std::size_t a, std::size_t b, std::size_t c) const {
    return ((a * d[1] + b) * d[2] + c) * width;
  }
};

// The part of the padded input that the windows cover.
Extents covered(const Window& s) {
  Extents e{};
  for (int i = 0; i < 3; ++i)
    e.d[i] = (s.out[i] - 1) * s.stride[i] + (s.kernel[i] - 1) * s.dilation[i] + 1;
  return e;
}

// The extents of the output's gradient with its pixels `stride` apart and a border. The input's
// gradient is its correlation, at stride 1, with the kernel turned round.
Extents spread(const Window& s) {
  Extents e{};
  for (int i = 0; i < 3; ++i) e.d[i] = s.in[i] + (s.kernel[i] - 1) * s.dilation[i];
  return e;
}

std::size_t round_up(std::size_t n) { return (n + width - 1) / width * width; }

// Hands out parts of the caller's scratch. Without one it only counts what they take.
struct Parts {
  Real* scratch;
  std::size_t used = 0;

  template <class T>
  void take(T*& part, std::size_t count) {
    part = scratch ? reinterpret_cast<T*>(scratch + used) : nullptr;
    used += round_up(count);
  }
};

// Tables of offsets and the packed weights share the scratch with the block of images.
struct Scratch {
  Real *block, *map, *spread, *weights, *sums, *bias;
  std::uint32_t *corners, *taps, *runs;
  std::size_t used;

  Scratch(const Window& s, ConvPart part, Real* scratch = nullptr) {
    const bool to_input = part == ConvPart::input_gradient;
    const bool to_weight = part == ConvPart::weight_gradient;
    const std::size_t numbers = s.out_channels * s.in_taps();
    const std::size_t in = s.in_pixels(), out = s.out_pixels();
    Parts parts{scratch};
    parts.take(block, to_input ? 0 : s.in_channels * covered(s).count() * width);
    parts.take(map, s.out_channels * out * width);
    parts.take(spread, to_input ? s.out_channels * FANIN_ISA::spread(s).count() * width : 0);
    parts.take(weights, to_weight ? 0 : numbers);
    parts.take(sums, to_weight ? numbers * width : 0);
    parts.take(bias, to_weight ? s.out_channels * width : 0);
    parts.take(corners, out > in ? out : in);
    parts.take(taps, (s.group_in() + s.group_out()) * s.kernel_size());
    parts.take(runs, s.group_out() * s.kernel[0] * s.kernel[1]);
    used = parts.used;
  }
};

// Copies images [first, first + lanes) of x [channels][from][N], with each pixel moved to
// i * step + shift. All else is zero, including the lanes past `lanes`.
void pack(std::size_t channels, const std::size_t* from, const Extents& to, const std::size_t* step,
          const std::ptrdiff_t* shift, const Real* x, std::size_t batch, std::size_t first,
          std::size_t lanes, Real* block) {
  clear(block, channels * to.count() * width);
  const auto place = [&](int axis, std::size_t i) {
    return static_cast<std::ptrdiff_t>(i * step[axis]) + shift[axis];
  };
  const auto inside = [&](int axis, std::ptrdiff_t i) {
    return i >= 0 && i < static_cast<std::ptrdiff_t>(to.d[axis]);
  };
  const Real* source = x + first;
  for (std::size_t c = 0; c < channels; ++c, block += to.count() * width)
    for (std::size_t i = 0; i < from[0]; ++i)
      for (std::size_t j = 0; j < from[1]; ++j) {
        const std::ptrdiff_t a = place(0, i), b = place(1, j);
        if (!inside(0, a) || !inside(1, b)) {
          source += from[2] * batch;
          continue;
        }
        for (std::size_t k = 0; k < from[2]; ++k, source += batch) {
          const std::ptrdiff_t d = place(2, k);
          if (!inside(2, d)) continue;
          Real* target = block + to.offset(static_cast<std::size_t>(a), static_cast<std::size_t>(b),
                                           static_cast<std::size_t>(d));
          store(target, load_lanes(source, lanes));
        }
      }
}

// The offsets of the points (i, j, k) * step for all i < count, in row-major order.
void fill_offsets(const Extents& grid, const std::size_t* count, const std::size_t* step,
                  std::uint32_t* offsets) {
  for (std::size_t i = 0; i < count[0]; ++i)
    for (std::size_t j = 0; j < count[1]; ++j)
      for (std::size_t k = 0; k < count[2]; ++k)
        *offsets++ = static_cast<std::uint32_t>(grid.offset(i * step[0], j * step[1], k * step[2]));
}

void fill_taps(const Window& s, const Extents& grid, std::size_t channels, std::uint32_t* taps) {
  const std::size_t size = s.kernel_size();
  fill_offsets(grid, s.kernel, s.dilation, taps);
  for (std::size_t t = size; t < channels * size; ++t)
    taps[t] = taps[t - size] + static_cast<std::uint32_t>(grid.count() * width);
}

// Runs of equal length among the `depth` taps at these offsets: those that a stretch of pixels
// needs.
struct TapRuns {
  const std::uint32_t *offsets, *starts;
  std::size_t depth, runs, length;
};

// One tile: T rows (output channels) at P pixels, stored for `lanes` images of y.
template <std::size_t T, std::size_t P>
void correlate_tile(const Real* block, const std::uint32_t* corners, const TapRuns& taps,
                    const Real* w, const Real* bias, bool rectify, Real* y, std::size_t row,
                    std::size_t batch, std::size_t lanes) {
  Vec acc[T][P];
  for (std::size_t t = 0; t < T; ++t)
    for (std::size_t p = 0; p < P; ++p) acc[t][p] = Vec(bias ? bias[t] : Real(0));
  const Real* corner[P];
  for (std::size_t p = 0; p < P; ++p) corner[p] = block + corners[p];
  for (std::size_t r = 0; r < taps.runs; ++r) {
    const Real* weights = w + taps.starts[r] * T;
    const std::uint32_t* offsets = taps.offsets + taps.starts[r];
    fma_tile(
        taps.length, [&](std::size_t t, std::size_t k) { return Vec(weights[k * T + t]); },
        [&](std::size_t p, std::size_t k) { return load(corner[p] + offsets[k]); }, acc);
  }
  for (std::size_t t = 0; t < T; ++t)
    for (std::size_t p = 0; p < P; ++p) {
      const Vec v = rectify ? relu(acc[t][p]) : acc[t][p];
      store_lanes(y + t * row + p * batch, v, lanes);
    }
}

// Where results go: `rows` rows of `pixels` pixels.
struct Target {
  Real* y;
  std::size_t rows, pixels, batch, lanes;
};

// Computes all rows at the pixels [from, to). For each tile of rows, w holds [depth][rows of it].
void correlate(const Real* block, const std::uint32_t* corners, std::size_t from, std::size_t to,
               const TapRuns& taps, const Real* w, const Real* bias, bool rectify,
               const Target& target) {
  const std::size_t row = target.pixels * target.batch;
  const auto pixels_at = [&](std::size_t p, auto columns) {
    for (std::size_t r = 0; r < target.rows; r += tile_rows)
      with_rows(target.rows - r, [&](auto count) {
        correlate_tile<count.count, columns.count>(
            block, corners + p, taps, w + r * taps.depth, bias ? bias + r : nullptr, rectify,
            target.y + r * row + p * target.batch, row, target.batch, target.lanes);
      });
  };
  std::size_t p = from;
  for (; p + tile_columns <= to; p += tile_columns) pixels_at(p, Rows<tile_columns>{});
  if (p + 2 <= to) {
    pixels_at(p, Rows<2>{});
    p += 2;
  }
  if (p < to) pixels_at(p, Rows<1>{});
}

// Packs value(row, depth index) into tiles of [depth][rows].
template <class F>
void pack_weights(std::size_t rows, std::size_t depth, Real* packed, F value) {
  for (std::size_t r = 0; r < rows; r += tile_rows) {
    const std::size_t count = rows - r < tile_rows ? rows - r : tile_rows;
    for (std::size_t k = 0; k < depth; ++k)
      for (std::size_t t = 0; t < count; ++t) *packed++ = value(r + t, k);
  }
}

constexpr std::size_t unit[3] = {1, 1, 1};

void pack_input(const Window& s, const Extents& grid, const Real* x, std::size_t first,
                std::size_t lanes, Real* block) {
  std::ptrdiff_t shift[3];
  for (int i = 0; i < 3; ++i) shift[i] = static_cast<std::ptrdiff_t>(s.padding[i]);
  pack(s.in_channels, s.in, grid, unit, shift, x, s.batch, first, lanes, block);
}

}  // namespace
}  // namespace fanin::FANIN_PRECISION::FANIN_ISA
