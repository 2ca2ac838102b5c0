#include "framework/core/kernels/conv_sparse.hpp"

// Passes over a convolution and what follows it, block by block of images; then pooling by itself.
namespace fanin::FANIN_PRECISION::FANIN_ISA {
namespace {

std::size_t conv_scratch(const ConvPass& pass, ConvPart part) {
  const bool sparse = part != ConvPart::output && is_sparse(pass);
  return Scratch(pass.conv, part).used + (sparse ? SparsePass(pass).used : 0);
}

void conv(const ConvPass& pass, Range images, const Real* x, const Real* w, const Real* b, Real* y,
          Real* tap, Real* scratch) {
  const Window& s = pass.conv;
  const Scratch at(s, ConvPart::output, scratch);
  const Extents grid = covered(s);
  const std::size_t in = s.group_in(), out = s.group_out();
  const std::size_t depth = in * s.kernel_size(), pixels = s.out_pixels();
  fill_offsets(grid, s.out, s.stride, at.corners);
  fill_taps(s, grid, in, at.taps);
  for (std::size_t g = 0; g < s.groups; ++g)
    pack_weights(out, depth, at.weights + g * out * depth,
                 [&](std::size_t o, std::size_t k) { return w[(g * out + o) * depth + k]; });
  const std::uint32_t start = 0;
  const TapRuns taps{at.taps, &start, depth, 1, depth};
  for_blocks(images, [&](std::size_t n, std::size_t lanes) {
    pack_input(s, grid, x, n, lanes, at.block);
    // A map that is pooled at once stays in the cache; nobody needs it later.
    Real* map = pass.pooled ? at.map : y + n;
    const std::size_t step = pass.pooled ? width : s.batch;
    const bool rectify = pass.activation == Activation::relu;
    for (std::size_t g = 0; g < s.groups; ++g)
      correlate(at.block + g * in * grid.count() * width, at.corners, 0, pixels, taps,
                at.weights + g * out * depth, b ? b + g * out : nullptr, rectify,
                {map + g * out * pixels * step, out, pixels, step, pass.pooled ? width : lanes});
    if (pass.activation != Activation::none && !rectify)
      for (std::size_t i = 0; i < s.out_channels * pixels; ++i)
        store_lanes(map + i * step, activate(pass.activation, load_lanes(map + i * step, lanes)),
                    lanes);
    if (!pass.pooled) return;
    for_windows(pass.pool, {0, s.out_channels},
                [&](std::size_t channel, std::size_t to, auto window) {
                  const std::size_t at = to * s.batch + n;
                  pool_window(window, map + channel * pixels * width, width, y + at,
                              tap ? tap + at : nullptr, lanes);
                });
  });
}

// The gradient of one block's map before activation and pooling, [O][out][width], for these
// channels. Adds its sum for each channel to `sums` unless that is null.
void map_gradient(const ConvPass& pass, Range channels, const Real* y, const Real* tap,
                  const Real* g, std::size_t lanes, Real* map, Real* sums) {
  const Window& s = pass.conv;
  const std::size_t pixels = s.out_pixels();
  const auto gradient_at = [&](std::size_t at) {
    const Vec v = load_lanes(g + at, lanes);
    return pass.activation == Activation::none
               ? v
               : before(pass.activation, load_lanes(y + at, lanes), v);
  };
  if (pass.pooled) {
    const Meeting meeting(pass.pool);
    if (meeting.clear_first())
      clear(map + channels.first * pixels * width,
            (channels.last - channels.first) * pixels * width);
    for_windows(pass.pool, channels, [&](std::size_t o, std::size_t from, auto window) {
      const Vec gradient = gradient_at(from * s.batch);
      if (sums) store(sums + o * width, load(sums + o * width) + gradient);
      // Whole vectors do, since lanes past the batch read as tap 0 with gradient 0.
      const Vec winner = load_lanes(tap + from * s.batch, lanes);
      pool_window_backward(window, meeting, winner, gradient, map + o * pixels * width, width,
                           width);
    });
    return;
  }
  for (std::size_t o = channels.first; o < channels.last; ++o) {
    Vec sum(0);
    for (std::size_t p = o * pixels; p < (o + 1) * pixels; ++p) {
      const Vec v = gradient_at(p * s.batch);
      store(map + p * width, v);
      sum += v;
    }
    if (sums) store(sums + o * width, load(sums + o * width) + sum);
  }
}

// dw[o][t] += sum_p g[o][p] x[corner[p] + tap[t]], for each lane in sums [o][t][width].
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

void add_weight_gradient(const Window& s, Range channels, const Scratch& at, const Extents& grid) {
  const std::size_t in = s.group_in(), out = s.group_out();
  const std::size_t depth = in * s.kernel_size(), pixels = s.out_pixels();
  for (std::size_t o = channels.first, rows = 0; o < channels.last; o += rows) {
    const std::size_t group = o / out, end = (group + 1) * out;  // a tile has one group's input
    const std::size_t left = (end < channels.last ? end : channels.last) - o;
    rows = left < tile_rows ? left : tile_rows;
    const Real* block = at.block + group * in * grid.count() * width;
    with_rows(rows, [&](auto count) {
      const Real* gradient = at.map + o * pixels * width;
      const auto taps_at = [&](std::size_t t, auto columns) {
        weight_tile<count.count, columns.count>(pixels, gradient, pixels * width, block, at.corners,
                                                at.taps + t, depth,
                                                at.sums + (o * depth + t) * width);
      };
      std::size_t t = 0;
      for (; t + tile_columns <= depth; t += tile_columns) taps_at(t, Rows<tile_columns>{});
      for (; t < depth; ++t) taps_at(t, Rows<1>{});
    });
  }
}

// The kernel turned round: position size - 1 - k of weight [o][i].
void pack_turned(const Window& s, const Real* w, Real* packed) {
  const std::size_t in = s.group_in(), out = s.group_out();
  const std::size_t size = s.kernel_size(), depth = out * size;
  for (std::size_t group = 0; group < s.groups; ++group)
    pack_weights(in, depth, packed + group * in * depth, [&](std::size_t i, std::size_t k) {
      const std::size_t o = k / size, position = size - 1 - k % size;
      return w[((group * out + o) * in + i) * size + position];
    });
}

// Whether a tap of the turned kernel meets a gradient, seen from pixel `at` of an axis. Between
// strides and past the edges there are only zeros.
bool meets(const Window& s, int axis, std::size_t at, std::size_t tap, std::ptrdiff_t shift) {
  const auto place = static_cast<std::ptrdiff_t>(at + tap * s.dilation[axis]) - shift;
  const auto stride = static_cast<std::ptrdiff_t>(s.stride[axis]);
  return place >= 0 && place % stride == 0 &&
         place / stride < static_cast<std::ptrdiff_t>(s.out[axis]);
}

void input_gradient(const Window& s, const Scratch& at, const Extents& grid, Real* dx,
                    std::size_t lanes) {
  const std::size_t in = s.group_in(), out = s.group_out(), kernel_rows = s.kernel[0] * s.kernel[1];
  const std::size_t depth = out * s.kernel_size(), pixels = s.in_pixels(), rows = s.in[0] * s.in[1];
  std::ptrdiff_t shift[3];
  for (int i = 0; i < 3; ++i)
    shift[i] = static_cast<std::ptrdiff_t>((s.kernel[i] - 1) * s.dilation[i]) -
               static_cast<std::ptrdiff_t>(s.padding[i]);
  pack(s.out_channels, s.out, grid, s.stride, shift, at.map, width, 0, width, at.spread);
  // The turned kernel's rows that meet a gradient, as bits; rows past 63 always count.
  const auto meeting = [&](std::size_t row) {
    std::uint64_t bits = 0;
    for (std::size_t r = 0; r < kernel_rows && r < 64; ++r)
      if (meets(s, 0, row / s.in[1], r / s.kernel[1], shift[0]) &&
          meets(s, 1, row % s.in[1], r % s.kernel[1], shift[1]))
        bits |= std::uint64_t{1} << r;
    return bits;
  };
  std::uint64_t bits = meeting(0), next = bits;
  for (std::size_t row = 0, end = 0; row < rows; row = end, bits = next) {
    for (end = row + 1; end < rows && (next = meeting(end)) == bits;) ++end;  // with the same rows
    std::size_t runs = 0;
    for (std::size_t r = 0; r < out * kernel_rows; ++r)
      if (r % kernel_rows > 63 || (bits >> r % kernel_rows & 1) != 0)
        at.runs[runs++] = static_cast<std::uint32_t>(r * s.kernel[2]);
    const TapRuns taps{at.taps, at.runs, depth, runs, s.kernel[2]};
    for (std::size_t group = 0; group < s.groups; ++group)
      correlate(at.spread + group * out * grid.count() * width, at.corners, row * s.in[2],
                end * s.in[2], taps, at.weights + group * in * depth, nullptr, false,
                {dx + group * in * pixels * s.batch, in, pixels, s.batch, lanes});
  }
}

void conv_backward_input(const ConvPass& pass, Range images, const Real* w, const Real* y,
                         const Real* tap, const Real* g, Real* dx, Real* scratch) {
  const Window& s = pass.conv;
  const Scratch at(s, ConvPart::input_gradient, scratch);
  if (is_sparse(pass)) {
    SparsePass way_back(pass, scratch + at.used);
    way_back.clear_taps({0, s.out_channels});
    way_back.for_weights({0, s.out_channels}, [&](std::size_t i, Real& tap) { tap = w[i]; });
    for_blocks(images, [&](std::size_t n, std::size_t lanes) {
      map_gradient(unpooled(pass), {0, s.out_channels}, y + n, nullptr, g + n, lanes, way_back.map,
                   nullptr);
      way_back.input_gradient(pass.pooled ? tap + n : nullptr, dx + n, lanes);
    });
    return;
  }
  const Extents grid = spread(s);
  fill_offsets(grid, s.in, unit, at.corners);
  fill_taps(s, grid, s.group_out(), at.taps);
  pack_turned(s, w, at.weights);
  for_blocks(images, [&](std::size_t n, std::size_t lanes) {
    map_gradient(pass, {0, s.out_channels}, y + n, pass.pooled ? tap + n : nullptr, g + n, lanes,
                 at.map, nullptr);
    input_gradient(s, at, grid, dx + n, lanes);
  });
}

void conv_backward_weight(const ConvPass& pass, Range channels, const Real* x, const Real* y,
                          const Real* tap, const Real* g, Real* dw, Real* db, Real* scratch) {
  const Window& s = pass.conv;
  const Scratch at(s, ConvPart::weight_gradient, scratch);
  const Extents grid = covered(s);
  const std::size_t depth = s.in_taps(), count = channels.last - channels.first;
  const bool sparse = dw && is_sparse(pass);
  SparsePass way_back(pass, sparse ? scratch + at.used : nullptr);
  if (sparse) way_back.clear_taps(channels);
  if (dw && !sparse) {
    fill_offsets(grid, s.out, s.stride, at.corners);
    fill_taps(s, grid, s.group_in(), at.taps);
    clear(at.sums + channels.first * depth * width, count * depth * width);
  }
  if (db) clear(at.bias + channels.first * width, count * width);
  for_blocks({0, s.batch}, [&](std::size_t n, std::size_t lanes) {
    const Real* won = pass.pooled ? tap + n : nullptr;
    map_gradient(sparse ? unpooled(pass) : pass, channels, y + n, won, g + n, lanes,
                 sparse ? way_back.map : at.map, db ? at.bias : nullptr);
    if (!dw) return;
    if (sparse) return way_back.add_weight_gradient(channels, x + n, won, lanes);
    pack_input(s, grid, x, n, lanes, at.block);
    add_weight_gradient(s, channels, at, grid);
  });
  if (sparse) way_back.for_weights(channels, [&](std::size_t i, Real& sum) { dw[i] = sum; });
  for (std::size_t o = channels.first; o < channels.last; ++o) {
    for (std::size_t i = o * depth; dw && !sparse && i < (o + 1) * depth; ++i)
      dw[i] = sum_lanes(load(at.sums + i * width));
    if (db) db[o] = sum_lanes(load(at.bias + o * width));
  }
}

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

void add_conv(Kernels& table) {
  table.conv = conv;
  table.conv_backward_input = conv_backward_input;
  table.conv_backward_weight = conv_backward_weight;
  table.conv_scratch = conv_scratch;
  table.max_pool = max_pool;
  table.max_pool_backward = max_pool_backward;
  table.mean_pool = mean_pool<true>;
  table.mean_pool_backward = mean_pool<false>;
}

}  // namespace fanin::FANIN_PRECISION::FANIN_ISA
