#include "framework/core/kernels/windows.hpp"

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
  Real *block, *map, *spread, *weights, *sums, *bias;
  std::uint32_t *corners, *taps;
};

std::size_t round_up(std::size_t n) { return (n + width - 1) / width * width; }

struct Sizes {
  std::size_t block, map, spread, weights, bias, corners, taps;
  explicit Sizes(const Window& s)
      : block(s.in_channels * covered(s).count() * width),
        map(s.out_channels * s.out_pixels() * width),
        spread(s.out_channels * FANIN_ISA::spread(s).count() * width),
        weights(s.in_channels * s.out_channels / s.groups * s.kernel_size()),
        bias(s.out_channels * width),
        corners(s.out_pixels() + s.in_pixels()),
        taps((s.in_channels + s.out_channels) / s.groups * s.kernel_size()) {}
};

std::size_t conv_scratch(const ConvPass& pass) {
  const Sizes n(pass.conv);
  return n.block + n.map + n.spread + round_up(n.weights) + n.weights * width + n.bias +
         round_up(n.corners) + round_up(n.taps);
}

Scratch split(const Window& s, Real* scratch) {
  const Sizes n(s);
  Scratch at{};
  at.block = scratch;
  at.map = at.block + n.block;
  at.spread = at.map + n.map;
  at.weights = at.spread + n.spread;
  at.sums = at.weights + round_up(n.weights);
  at.bias = at.sums + n.weights * width;
  at.corners = reinterpret_cast<std::uint32_t*>(at.bias + n.bias);
  at.taps = at.corners + n.corners;
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
                    std::size_t depth, const Real* w, const Real* bias, bool rectify, Real* y,
                    std::size_t row, std::size_t batch, std::size_t lanes) {
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
      const Vec v = rectify ? relu(acc[t][p]) : acc[t][p];
      store_lanes(y + t * row + p * batch, v, lanes);
    }
}

// All rows at all pixels; w holds, for each tile of rows, [depth][rows of the tile].
void correlate(const Real* block, const std::uint32_t* corners, std::size_t pixels,
               const std::uint32_t* taps, std::size_t depth, const Real* w, const Real* bias,
               bool rectify, std::size_t rows, Real* y, std::size_t batch, std::size_t lanes) {
  const std::size_t row = pixels * batch;
  const auto pixels_at = [&](std::size_t p, auto columns) {
    for (std::size_t r = 0; r < rows; r += tile_rows)
      with_rows(rows - r, [&](auto count) {
        correlate_tile<count.count, columns.count>(block, corners + p, taps, depth, w + r * depth,
                                                   bias ? bias + r : nullptr, rectify,
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

// Taps of one output: those of the input's gradient follow them in scratch, as do its corners.
std::size_t in_taps(const Window& s) { return s.in_channels / s.groups * s.kernel_size(); }

constexpr std::size_t unit[3] = {1, 1, 1};

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

void conv(const ConvPass& pass, const Real* x, const Real* w, const Real* b, Real* y, Real* tap,
          Real* scratch) {
  const Window& s = pass.conv;
  const Scratch at = split(s, scratch);
  const Extents grid = covered(s);
  const std::size_t in = s.in_channels / s.groups, out = s.out_channels / s.groups;
  const std::size_t depth = in * s.kernel_size(), pixels = s.out_pixels();
  fill_offsets(grid, s.out, s.stride, at.corners);
  fill_taps(s, grid, in, at.taps);
  for (std::size_t g = 0; g < s.groups; ++g)
    pack_weights(out, depth, at.weights + g * out * depth,
                 [&](std::size_t o, std::size_t k) { return w[(g * out + o) * depth + k]; });
  for_blocks(s.batch, [&](std::size_t n, std::size_t lanes) {
    pack_input(s, grid, x, n, lanes, at.block);
    // A map that is pooled at once stays in the cache and is never stored.
    Real* map = pass.pooled ? at.map : y + n;
    const std::size_t step = pass.pooled ? width : s.batch;
    for (std::size_t g = 0; g < s.groups; ++g)
      correlate(at.block + g * in * grid.count() * width, at.corners, pixels, at.taps, depth,
                at.weights + g * out * depth, b ? b + g * out : nullptr, pass.relu, out,
                map + g * out * pixels * step, step, pass.pooled ? width : lanes);
    if (!pass.pooled) return;
    for_windows(pass.pool, [&](std::size_t channel, std::size_t to, auto window) {
      const std::size_t at = to * s.batch + n;
      pool_window(window, map + channel * pixels * width, width, y + at, tap ? tap + at : nullptr,
                  lanes);
    });
  });
}

// The gradient of one block's map before ReLU and pooling, [O][out][width], and its sums by
// channel, unless null.
void map_gradient(const ConvPass& pass, const Real* y, const Real* tap, const Real* g,
                  std::size_t lanes, Real* map, Real* sums) {
  const Window& s = pass.conv;
  const std::size_t pixels = s.out_pixels(), channels = s.out_channels;
  const auto rectified = [&](std::size_t at) {  // the gradient there, past the ReLU
    const Vec v = load_lanes(g + at, lanes);
    return pass.relu ? xsimd::select(load_lanes(y + at, lanes) <= Vec(0), Vec(0), v) : v;
  };
  if (pass.pooled) {
    clear(map, channels * pixels * width);
    for_windows(pass.pool, [&](std::size_t o, std::size_t from, auto window) {
      const Vec gradient = rectified(from * s.batch);
      if (sums) store(sums + o * width, load(sums + o * width) + gradient);
      // Whole vectors: a tap of the lanes past the batch reads as 0, and their gradient is 0.
      const Vec winner = load_lanes(tap + from * s.batch, lanes);
      pool_window_backward(window, winner, gradient, map + o * pixels * width, width, width);
    });
    return;
  }
  for (std::size_t o = 0; o < channels; ++o) {
    Vec sum(0);
    for (std::size_t p = o * pixels; p < (o + 1) * pixels; ++p) {
      const Vec v = rectified(p * s.batch);
      store(map + p * width, v);
      sum += v;
    }
    if (sums) store(sums + o * width, load(sums + o * width) + sum);
  }
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

void add_weight_gradient(const Window& s, const Scratch& at, const Extents& grid) {
  const std::size_t in = s.in_channels / s.groups, out = s.out_channels / s.groups;
  const std::size_t depth = in * s.kernel_size(), pixels = s.out_pixels();
  for (std::size_t group = 0; group < s.groups; ++group) {
    const Real* block = at.block + group * in * grid.count() * width;
    for (std::size_t o = 0; o < out; o += tile_rows)
      with_rows(out - o, [&](auto count) {
        const std::size_t row = group * out + o;
        const Real* gradient = at.map + row * pixels * width;
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
}

// The kernel turned round: position size - 1 - k of weight [o][i].
void pack_turned(const Window& s, const Real* w, Real* packed) {
  const std::size_t in = s.in_channels / s.groups, out = s.out_channels / s.groups;
  const std::size_t size = s.kernel_size(), depth = out * size;
  for (std::size_t group = 0; group < s.groups; ++group)
    pack_weights(in, depth, packed + group * in * depth, [&](std::size_t i, std::size_t k) {
      const std::size_t o = k / size, position = size - 1 - k % size;
      return w[((group * out + o) * in + i) * size + position];
    });
}

void input_gradient(const Window& s, const Scratch& at, const Extents& grid, Real* dx,
                    std::size_t lanes) {
  const std::size_t in = s.in_channels / s.groups, out = s.out_channels / s.groups;
  const std::size_t depth = out * s.kernel_size();
  Shift shift{};
  for (int i = 0; i < 3; ++i)
    shift.d[i] = static_cast<std::ptrdiff_t>((s.kernel[i] - 1) * s.dilation[i]) -
                 static_cast<std::ptrdiff_t>(s.padding[i]);
  pack(s.out_channels, s.out, grid, s.stride, shift.d, at.map, width, 0, width, at.spread);
  for (std::size_t group = 0; group < s.groups; ++group)
    correlate(at.spread + group * out * grid.count() * width, at.corners + s.out_pixels(),
              s.in_pixels(), at.taps + in_taps(s), depth, at.weights + group * in * depth, nullptr,
              false, in, dx + group * in * s.in_pixels() * s.batch, s.batch, lanes);
}

void conv_backward(const ConvPass& pass, const Real* x, const Real* w, const Real* y,
                   const Real* tap, const Real* g, Real* dx, Real* dw, Real* db, Real* scratch) {
  const Window& s = pass.conv;
  const Scratch at = split(s, scratch);
  const Extents grid = covered(s), wide = spread(s);
  const std::size_t weights = s.out_channels * in_taps(s);
  fill_offsets(grid, s.out, s.stride, at.corners);
  fill_taps(s, grid, s.in_channels / s.groups, at.taps);
  fill_offsets(wide, s.in, unit, at.corners + s.out_pixels());
  fill_taps(s, wide, s.out_channels / s.groups, at.taps + in_taps(s));
  if (dx) pack_turned(s, w, at.weights);
  if (dw) clear(at.sums, weights * width);
  if (db) clear(at.bias, s.out_channels * width);

  // One after the other, though both begin with the map's gradient: each alone fits into the cache.
  for_blocks(dw || db ? s.batch : 0, [&](std::size_t n, std::size_t lanes) {
    map_gradient(pass, y + n, pass.pooled ? tap + n : nullptr, g + n, lanes, at.map,
                 db ? at.bias : nullptr);
    if (!dw) return;
    pack_input(s, grid, x, n, lanes, at.block);
    add_weight_gradient(s, at, grid);
  });
  for_blocks(dx ? s.batch : 0, [&](std::size_t n, std::size_t lanes) {
    map_gradient(pass, y + n, pass.pooled ? tap + n : nullptr, g + n, lanes, at.map, nullptr);
    input_gradient(s, at, wide, dx + n, lanes);
  });
  for (std::size_t i = 0; dw && i < weights; ++i) dw[i] = xsimd::hadd(load(at.sums + i * width));
  for (std::size_t o = 0; db && o < s.out_channels; ++o)
    db[o] = xsimd::hadd(load(at.bias + o * width));
}

}  // namespace

void add_conv(Kernels& table) {
  table.conv = conv;
  table.conv_backward = conv_backward;
  table.conv_scratch = conv_scratch;
}

}  // namespace fanin::inline FANIN_PRECISION::FANIN_ISA
