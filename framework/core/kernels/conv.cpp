#include "framework/core/kernels/simd.hpp"

// Convolution with images in the lanes. A block of `width` images is copied, padded, into scratch;
// then each tap of the kernel is one offset from an output pixel's corner, whatever the rank,
// stride and dilation, and one loop (correlate) serves the output and the input's gradient:
//   y[o][p] = b[o] + sum_t w[o][t] x[corner[p] + tap[t]],  t over (channel, kernel position).
namespace fanin::inline FANIN_PRECISION::FANIN_ISA {
namespace {

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

// The output's gradient with its pixels `stride` apart and a border, so that the input's gradient
// is a correlation of stride 1 with the kernel turned round.
Extents spread(const Window& s) {
  Extents e{};
  for (int i = 0; i < 3; ++i) e.d[i] = s.in[i] + (s.kernel[i] - 1) * s.dilation[i];
  return e;
}

// Tables of offsets and the packed weights share the caller's scratch with the block of images.
struct Scratch {
  Real *block, *gradient, *weights, *sums;
  std::uint32_t *corners, *taps;
};

std::size_t larger(std::size_t a, std::size_t b) { return a > b ? a : b; }
std::size_t round_up(std::size_t n) { return (n + width - 1) / width * width; }

struct Sizes {
  std::size_t block, gradient, weights, corners, taps;
  explicit Sizes(const Window& s)
      : block(s.in_channels * covered(s).count() * width),
        gradient(s.out_channels * larger(spread(s).count(), s.out_pixels()) * width),
        weights(s.in_channels * s.out_channels / s.groups * s.kernel_size()),
        corners(larger(s.out_pixels(), s.in_pixels())),
        taps(larger(s.in_channels, s.out_channels) / s.groups * s.kernel_size()) {}
};

std::size_t conv_scratch(const Window& s) {
  const Sizes n(s);
  return n.block + n.gradient + round_up(n.weights) + n.weights * width + round_up(2 * n.corners) +
         round_up(n.taps);
}

Scratch split(const Window& s, Real* scratch) {
  const Sizes n(s);
  Scratch at{};
  at.block = scratch;
  at.gradient = at.block + n.block;
  at.weights = at.gradient + n.gradient;
  at.sums = at.weights + round_up(n.weights);
  at.corners = reinterpret_cast<std::uint32_t*>(at.sums + n.weights * width);
  at.taps = at.corners + 2 * n.corners;
  return at;
}

// Images [first, first + lanes) of x [channels][from][N], each pixel moved to i * step + shift;
// what is not written is zero, and so are the lanes past `lanes`.
void pack(std::size_t channels, const std::size_t* from, const Extents& to, const std::size_t* step,
          const std::ptrdiff_t* shift, const Real* x, std::size_t batch, std::size_t first,
          std::size_t lanes, Real* block) {
  const std::size_t count = channels * to.count() * width;
  for (std::size_t i = 0; i < count; i += width) store(block + i, Vec(0));
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
          store(target, lanes == width ? load(source) : load_part(source, lanes));
        }
      }
}

// Offsets of the points (i, j, k) * step for all i < count, in row-major order.
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

// One tile: T rows (output channels) at P pixels, stored to `lanes` images of y.
template <std::size_t T, std::size_t P>
void correlate_tile(const Real* block, const std::uint32_t* corners, const std::uint32_t* taps,
                    std::size_t depth, const Real* w, const Real* bias, Real* y, std::size_t row,
                    std::size_t batch, std::size_t lanes) {
  Vec acc[T][P];
  for (std::size_t t = 0; t < T; ++t)
    for (std::size_t p = 0; p < P; ++p) acc[t][p] = Vec(bias ? bias[t] : Real(0));
  const Real* corner[P];
  for (std::size_t p = 0; p < P; ++p) corner[p] = block + corners[p];
  fma_tile(
      depth, [&](std::size_t t, std::size_t k) { return Vec(w[k * T + t]); },
      [&](std::size_t p, std::size_t k) { return load(corner[p] + taps[k]); }, acc);
  for (std::size_t t = 0; t < T; ++t)
    for (std::size_t p = 0; p < P; ++p) {
      Real* target = y + t * row + p * batch;
      if (lanes == width)
        store(target, acc[t][p]);
      else
        store_part(target, acc[t][p], lanes);
    }
}

// All rows at all pixels; w holds, for each tile of rows, [depth][rows of the tile].
void correlate(const Real* block, const std::uint32_t* corners, std::size_t pixels,
               const std::uint32_t* taps, std::size_t depth, const Real* w, const Real* bias,
               std::size_t rows, Real* y, std::size_t batch, std::size_t lanes) {
  const std::size_t row = pixels * batch;
  const auto pixels_at = [&](std::size_t p, auto columns) {
    for (std::size_t r = 0; r < rows; r += tile_rows)
      with_rows(rows - r, [&](auto count) {
        correlate_tile<count.count, columns.count>(block, corners + p, taps, depth, w + r * depth,
                                                   bias ? bias + r : nullptr,
                                                   y + r * row + p * batch, row, batch, lanes);
      });
  };
  std::size_t p = 0;
  for (; p + tile_columns <= pixels; p += tile_columns) pixels_at(p, Rows<tile_columns>{});
  for (; p < pixels; ++p) pixels_at(p, Rows<1>{});
}

// value(row, depth index) -> tiles of [depth][rows].
template <class F>
void pack_weights(std::size_t rows, std::size_t depth, Real* packed, F value) {
  for (std::size_t r = 0; r < rows; r += tile_rows) {
    const std::size_t count = rows - r < tile_rows ? rows - r : tile_rows;
    for (std::size_t k = 0; k < depth; ++k)
      for (std::size_t t = 0; t < count; ++t) *packed++ = value(r + t, k);
  }
}

constexpr std::size_t unit[3] = {1, 1, 1};

template <class F>
void for_blocks(std::size_t batch, F f) {
  for (std::size_t n = 0; n < batch; n += width) f(n, batch - n < width ? batch - n : width);
}

struct Shift {
  std::ptrdiff_t d[3];
};

Shift input_shift(const Window& s) {
  Shift shift{};
  for (int i = 0; i < 3; ++i) shift.d[i] = static_cast<std::ptrdiff_t>(s.padding[i]);
  return shift;
}

void pack_input(const Window& s, const Extents& grid, const Real* x, std::size_t first,
                std::size_t lanes, Real* block) {
  pack(s.in_channels, s.in, grid, unit, input_shift(s).d, x, s.batch, first, lanes, block);
}

void conv(const Window& s, const Real* x, const Real* w, const Real* b, Real* y, Real* scratch) {
  const Scratch at = split(s, scratch);
  const Extents grid = covered(s);
  const std::size_t in = s.in_channels / s.groups, out = s.out_channels / s.groups;
  const std::size_t depth = in * s.kernel_size();
  fill_offsets(grid, s.out, s.stride, at.corners);
  fill_taps(s, grid, in, at.taps);
  for (std::size_t g = 0; g < s.groups; ++g)
    pack_weights(out, depth, at.weights + g * out * depth,
                 [&](std::size_t o, std::size_t k) { return w[(g * out + o) * depth + k]; });
  for_blocks(s.batch, [&](std::size_t n, std::size_t lanes) {
    pack_input(s, grid, x, n, lanes, at.block);
    for (std::size_t g = 0; g < s.groups; ++g)
      correlate(at.block + g * in * grid.count() * width, at.corners, s.out_pixels(), at.taps,
                depth, at.weights + g * out * depth, b ? b + g * out : nullptr, out,
                y + g * out * s.out_pixels() * s.batch + n, s.batch, lanes);
  });
}

void conv_backward_input(const Window& s, const Real* g, const Real* w, Real* dx, Real* scratch) {
  const Scratch at = split(s, scratch);
  const Extents grid = spread(s);
  const std::size_t in = s.in_channels / s.groups, out = s.out_channels / s.groups;
  const std::size_t size = s.kernel_size(), depth = out * size;
  fill_offsets(grid, s.in, unit, at.corners);
  fill_taps(s, grid, out, at.taps);
  // The kernel turned round: position size - 1 - k of weight [o][i].
  for (std::size_t group = 0; group < s.groups; ++group)
    pack_weights(in, depth, at.weights + group * in * depth, [&](std::size_t i, std::size_t k) {
      const std::size_t o = k / size, position = size - 1 - k % size;
      return w[((group * out + o) * in + i) * size + position];
    });
  Shift shift{};
  for (int i = 0; i < 3; ++i)
    shift.d[i] = static_cast<std::ptrdiff_t>((s.kernel[i] - 1) * s.dilation[i]) -
                 static_cast<std::ptrdiff_t>(s.padding[i]);
  for_blocks(s.batch, [&](std::size_t n, std::size_t lanes) {
    pack(s.out_channels, s.out, grid, s.stride, shift.d, g, s.batch, n, lanes, at.gradient);
    for (std::size_t group = 0; group < s.groups; ++group)
      correlate(at.gradient + group * out * grid.count() * width, at.corners, s.in_pixels(),
                at.taps, depth, at.weights + group * in * depth, nullptr, in,
                dx + group * in * s.in_pixels() * s.batch + n, s.batch, lanes);
  });
}

// dw[o][t] += sum_p g[o][p] x[corner[p] + tap[t]], lane by lane into sums [o][t][width].
template <std::size_t T, std::size_t P>
void weight_tile(std::size_t pixels, const Real* g, std::size_t g_row, const Real* block,
                 const std::uint32_t* corners, const std::uint32_t* taps, std::size_t depth,
                 Real* sums) {
  Vec acc[T][P];
  for (std::size_t t = 0; t < T; ++t)
    for (std::size_t p = 0; p < P; ++p) acc[t][p] = load(sums + (t * depth + p) * width);
  const Real* tap[P];
  for (std::size_t p = 0; p < P; ++p) tap[p] = block + taps[p];
  fma_tile(
      pixels, [&](std::size_t t, std::size_t k) { return load(g + t * g_row + k * width); },
      [&](std::size_t p, std::size_t k) { return load(tap[p] + corners[k]); }, acc);
  for (std::size_t t = 0; t < T; ++t)
    for (std::size_t p = 0; p < P; ++p) store(sums + (t * depth + p) * width, acc[t][p]);
}

void conv_backward_weight(const Window& s, const Real* x, const Real* g, Real* dw, Real* scratch) {
  const Scratch at = split(s, scratch);
  const Extents grid = covered(s);
  const Extents plain{{s.out[0], s.out[1], s.out[2]}};
  const Shift none{};
  const std::size_t in = s.in_channels / s.groups, out = s.out_channels / s.groups;
  const std::size_t depth = in * s.kernel_size(), pixels = s.out_pixels();
  fill_offsets(grid, s.out, s.stride, at.corners);
  fill_taps(s, grid, in, at.taps);
  const std::size_t weights = s.out_channels * depth;
  for (std::size_t i = 0; i < weights; ++i) store(at.sums + i * width, Vec(0));

  for_blocks(s.batch, [&](std::size_t n, std::size_t lanes) {
    pack_input(s, grid, x, n, lanes, at.block);
    pack(s.out_channels, s.out, plain, unit, none.d, g, s.batch, n, lanes, at.gradient);
    for (std::size_t group = 0; group < s.groups; ++group) {
      const Real* block = at.block + group * in * grid.count() * width;
      for (std::size_t o = 0; o < out; o += tile_rows)
        with_rows(out - o, [&](auto count) {
          const std::size_t row = group * out + o;
          const Real* gradient = at.gradient + row * pixels * width;
          const auto taps_at = [&](std::size_t t, auto columns) {
            weight_tile<count.count, columns.count>(pixels, gradient, pixels * width, block,
                                                    at.corners, at.taps + t, depth,
                                                    at.sums + (row * depth + t) * width);
          };
          std::size_t t = 0;
          for (; t + tile_columns <= depth; t += tile_columns) taps_at(t, Rows<tile_columns>{});
          for (; t < depth; ++t) taps_at(t, Rows<1>{});
        });
    }
  });
  for (std::size_t i = 0; i < weights; ++i) dw[i] = xsimd::hadd(load(at.sums + i * width));
}

}  // namespace

void add_conv(Kernels& table) {
  table.conv = conv;
  table.conv_backward_input = conv_backward_input;
  table.conv_backward_weight = conv_backward_weight;
  table.conv_scratch = conv_scratch;
}

}  // namespace fanin::inline FANIN_PRECISION::FANIN_ISA
