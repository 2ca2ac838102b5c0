#pragma once

#include "framework/core/kernels/conv_tiles.hpp"
#include "framework/core/kernels/transpose.hpp"

// The backward pass of a convolution whose output's gradient is mostly zeros, as it is behind max
// pooling. It handles one image after the other, with the taps of one output in the lanes, so that
// only numbers that are not zero cost work:
//   dw[o][t] += g[o][p] x[corner[p] + tap[t]],   dx[corner[p] + tap[t]] += g[o][p] w[o][t].
// An image lies as [pixel][channel], so neighbours along the last axis are a run with their
// channels.
namespace fanin::FANIN_PRECISION::FANIN_ISA {
namespace {

constexpr std::uint32_t nowhere = ~std::uint32_t{0};  // marks a pixel of the padding

// The taps of one output as vectors. Each run is filled up with lanes that do not count.
struct Patch {
  std::size_t channels, run, run_vectors, vectors, image;  // `image` numbers for each image
  Extents grid;                                            // the input with its padding

  explicit Patch(const Window& s) : channels(s.in_channels), grid(covered(s)) {
    for (int i = 0; i < 3; ++i)
      if (grid.d[i] < s.in[i] + s.padding[i]) grid.d[i] = s.in[i] + s.padding[i];
    run = s.dilation[2] == 1 ? s.kernel[2] : 1;  // positions of the kernel
    run_vectors = (run * channels + width - 1) / width;
    vectors = s.kernel_size() / run * run_vectors;
    image = round_up(numbers()) + run_vectors * width;
  }
  std::size_t depth() const { return vectors * width; }
  std::size_t numbers() const { return grid.count() * channels; }
  // Where a channel's tap is among `depth` numbers.
  std::size_t place(std::size_t tap, std::size_t channel) const {
    return tap / run * run_vectors * width + tap % run * channels + channel;
  }
};

// The same pass without pooling, so that its outputs are the pooled ones. The gradient of each goes
// to one pixel of the map before pooling.
ConvPass unpooled(const ConvPass& pass) {
  ConvPass result = pass;
  result.pooled = false;
  for (int i = 0; pass.pooled && i < 3; ++i) result.conv.out[i] = pass.pool.out[i];
  return result;
}

// Whether the sparse way is less work. Loads make a vector cost twice as much as in a tile.
bool is_sparse(const ConvPass& pass) {
  const Window& s = pass.conv;
  return s.groups == 1 && 2 * Patch(s).vectors * pass.out_pixels() * s.batch <=
                              s.in_taps() * s.out_pixels() * ((s.batch + width - 1) / width);
}

// The numbers that are not zero, each with its entry of a table.
struct Nonzeros {
  Real* numbers;
  std::uint32_t* at;
  std::size_t count = 0;

  // Adds the nonzero numbers of g; if there are winners, only those whose winner is this one.
  void add(std::size_t n, const Real* g, const Real* winners, Real winner,
           const std::uint32_t* table) {
#if defined(__AVX512F__) && !defined(FANIN_DOUBLE)
    for (std::size_t i = 0; i < n; i += width) {
      const std::size_t lanes = n - i < width ? n - i : width;
      const __m512 v = load_lanes(g + i, lanes);
      __mmask16 kept = _mm512_cmp_ps_mask(v, _mm512_setzero_ps(), _CMP_NEQ_UQ);
      if (winners)
        kept &=
            _mm512_cmp_ps_mask(load_lanes(winners + i, lanes), _mm512_set1_ps(winner), _CMP_EQ_OQ);
      _mm512_storeu_ps(numbers + count, _mm512_maskz_compress_ps(kept, v));
      _mm512_storeu_si512(at + count,
                          _mm512_maskz_compress_epi32(kept, _mm512_loadu_si512(table + i)));
      count += static_cast<std::size_t>(__builtin_popcount(kept));
    }
#else
    for (std::size_t i = 0; i < n; ++i) {
      numbers[count] = g[i];
      at[count] = table[i];
      count += g[i] != 0 && (!winners || winners[i] == winner) ? 1 : 0;
    }
#endif
  }
};

// The backward pass of one block of images after the other. Its tables and images lie in the
// caller's scratch, behind what dense convolutions use.
struct SparsePass {
  const ConvPass& pass;
  const Window& s;
  const Patch patch;
  const std::size_t outputs, winners_of;  // an output has one of `winners_of` pixels
  std::size_t used;                       // numbers of the scratch that this takes
  Real *images, *gradients, *winners, *taps, *map, *edge, *numbers;
  std::uint32_t *at, *rows, *corners, *filters, *runs, *vectors;

  explicit SparsePass(const ConvPass& p, Real* scratch = nullptr)
      : pass(p),
        s(p.conv),
        patch(s),
        outputs(p.out_pixels()),
        winners_of(p.pooled ? p.pool.kernel_size() : 1) {
    split(scratch);
    if (scratch) fill_tables();
  }

  // Calls f(weight, tap) for the weights of these channels and where they are kept.
  template <class F>
  void for_weights(Range channels, F f) {
    const std::size_t size = s.kernel_size();
    for (std::size_t o = channels.first; o < channels.last; ++o)
      for (std::size_t c = 0; c < patch.channels; ++c)
        for (std::size_t k = 0; k < size; ++k)
          f((o * patch.channels + c) * size + k, taps[o * patch.depth() + patch.place(k, c)]);
  }
  void clear_taps(Range channels) {
    clear(taps + channels.first * patch.depth(), (channels.last - channels.first) * patch.depth());
  }

  // Adds the gradient of w to `taps`, from `map` [O][outputs][width] (the outputs' gradient) and
  // the winners `won` [O][outputs][N].
  void add_weight_gradient(Range channels, const Real* x, const Real* won, std::size_t lanes) {
    const std::size_t first = channels.first * outputs, some = channels.last * outputs - first;
    store(edge, Vec(0));
    transpose_rows(
        patch.numbers(), lanes,
        [&](std::size_t r) { return rows[r] == nowhere ? edge : x + rows[r] * s.batch; },
        [&](std::size_t lane) { return images + lane * patch.image; });
    const auto turn = [&](const Real* from, std::size_t step, Real* to) {
      transpose_rows(
          some, lanes, [&](std::size_t r) { return from + (first + r) * step; },
          [&](std::size_t lane) { return to + lane * some; });
    };
    turn(map, width, gradients);
    if (won) turn(won, s.batch, winners);
    for (std::size_t lane = 0, row = 0; lane < lanes; ++lane)
      for (std::size_t o = channels.first; o < channels.last; ++o, row += outputs) {
        Nonzeros found{numbers, at};
        for (std::size_t k = winners_of; k-- > 0;)
          found.add(outputs, gradients + row, won ? winners + row : nullptr, static_cast<Real>(k),
                    corners + k * outputs);
        add_patches(found, images + lane * patch.image, runs, taps + o * patch.depth(), vectors);
      }
  }

  // Computes dx from the same; here `taps` holds the weights.
  void input_gradient(const Real* won, Real* dx, std::size_t lanes) {
    const std::size_t channels = s.out_channels;
    const auto turn = [&](const Real* from, std::size_t step, Real* to) {
      for (std::size_t p = 0; p < outputs; ++p)
        transpose_rows(
            channels, lanes, [&](std::size_t o) { return from + (o * outputs + p) * step; },
            [&](std::size_t lane) { return to + (lane * outputs + p) * channels; });
    };
    turn(map, width, gradients);
    if (won) turn(won, s.batch, winners);
    for (std::size_t lane = 0, row = 0; lane < lanes; ++lane) {
      Real* image = images + lane * patch.image;
      clear(image, patch.image);
      for (std::size_t p = 0; p < outputs; ++p, row += channels)
        for (std::size_t k = 0; k < winners_of; ++k) {
          Nonzeros found{numbers, at};
          found.add(channels, gradients + row, won ? winners + row : nullptr, static_cast<Real>(k),
                    filters);
          add_patches(found, taps, vectors, image + corners[k * outputs + p], runs);
        }
    }
    transpose_rows(
        lanes, patch.numbers(), [&](std::size_t lane) { return images + lane * patch.image; },
        [&](std::size_t r) { return rows[r] == nowhere ? edge : dx + rows[r] * s.batch; });
  }

  // y[to[v]] += sum_k g[k] x[at[k] + from[v]] for each vector v of a patch.
  void add_patches(const Nonzeros& g, const Real* x, const std::uint32_t* from, Real* y,
                   const std::uint32_t* to) const {
    for (std::size_t v = 0; g.count > 0 && v < patch.vectors; v += tile_rows)
      with_rows(patch.vectors - v, [&](auto part) {
        Vec acc[1][part.count];
        const Real* source[part.count];
        for (std::size_t p = 0; p < part.count; ++p)
          acc[0][p] = Vec(0), source[p] = x + from[v + p];
        fma_tile(
            g.count, [&](std::size_t, std::size_t k) { return Vec(g.numbers[k]); },
            [&](std::size_t p, std::size_t k) { return load(source[p] + g.at[k]); }, acc);
        // One after the other, as lanes that do not count may overlap the next run; they add zeros.
        for (std::size_t p = 0; p < part.count; ++p)
          store(y + to[v + p], load(y + to[v + p]) + acc[0][p]);
      });
  }

  void split(Real* scratch) {
    Parts parts{scratch};
    const auto take = [&](auto*& part, std::size_t count) {
      parts.take(part, count + width);  // room to read and write whole vectors
    };
    const std::size_t all = width * s.out_channels * outputs;
    const std::size_t most = s.out_channels > outputs ? s.out_channels : outputs;
    take(images, width * patch.image);
    take(map, all);
    take(gradients, all);
    take(winners, pass.pooled ? all : 0);
    take(taps, s.out_channels * patch.depth());
    take(edge, width);
    take(numbers, most);
    take(at, most);
    take(rows, patch.numbers());
    take(corners, winners_of * outputs);
    take(filters, s.out_channels);
    take(runs, patch.vectors);
    take(vectors, patch.vectors);
    used = parts.used;
  }

  void fill_tables() {
    // Where pixel (i, j, k) of the grid begins in an image.
    const auto pixel = [&](std::size_t i, std::size_t j, std::size_t k) {
      return static_cast<std::uint32_t>(patch.grid.offset(i, j, k) / width * patch.channels);
    };
    const auto corner = [&](std::size_t p) {
      const std::size_t row = p / s.out[2];
      return pixel(row / s.out[1] * s.stride[0], row % s.out[1] * s.stride[1],
                   p % s.out[2] * s.stride[2]);
    };
    if (pass.pooled)
      for_windows(pass.pool, {0, 1}, [&](std::size_t, std::size_t to, auto window) {
        window([&](std::size_t p, std::size_t k) { corners[k * outputs + to] = corner(p); });
      });
    else
      for (std::size_t p = 0; p < outputs; ++p) corners[p] = corner(p);
    for (std::size_t v = 0; v < patch.vectors; ++v) {
      const std::size_t tap = v / patch.run_vectors * patch.run, row = tap / s.kernel[2];
      runs[v] = pixel(row / s.kernel[1] * s.dilation[0], row % s.kernel[1] * s.dilation[1],
                      tap % s.kernel[2] * s.dilation[2]) +
                static_cast<std::uint32_t>(v % patch.run_vectors * width);
      vectors[v] = static_cast<std::uint32_t>(v * width);
    }
    for (std::size_t o = 0; o < s.out_channels; ++o)
      filters[o] = static_cast<std::uint32_t>(o * patch.depth());
    for (std::size_t r = 0; r < patch.numbers(); ++r) rows[r] = nowhere;
    std::uint32_t row = 0;
    for (std::size_t c = 0; c < patch.channels; ++c)
      for (std::size_t i = 0; i < s.in[0]; ++i)
        for (std::size_t j = 0; j < s.in[1]; ++j)
          for (std::size_t k = 0; k < s.in[2]; ++k)
            rows[pixel(i + s.padding[0], j + s.padding[1], k + s.padding[2]) + c] = row++;
  }
};

}  // namespace
}  // namespace fanin::FANIN_PRECISION::FANIN_ISA
