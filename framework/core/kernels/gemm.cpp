#include "framework/core/kernels/simd.hpp"

namespace fanin::FANIN_PRECISION::FANIN_ISA {
namespace {

constexpr std::size_t panel = tile_columns * width;  // columns of b and c handled at once
constexpr std::size_t depth_block = 512;             // rows of a panel
constexpr std::size_t packed_most = 1 << 17;         // numbers of b that stay in the L2 cache

// If a lies by columns that are this far apart, each number of a tile's column would lie in a
// memory page of its own. So a strip of a is copied first.
constexpr std::size_t far_apart = 1000, strip = 8 * tile_rows;

// Up to this size OpenBLAS uses loops that pack nothing. It has them only for AVX-512.
constexpr std::size_t small_product = sizeof(Vec) == 64 ? 1'000'000 : 0;

std::size_t least(std::size_t a, std::size_t b) { return a < b ? a : b; }

// How many panels are packed at once.
std::size_t panels_at_once(std::size_t depth, std::size_t panels) {
  const std::size_t most = packed_most / (depth * panel + 1) + 1;
  return least(most, panels);
}

std::size_t gemm_scratch(std::size_t n, std::size_t k) {
  const std::size_t depth = least(k, depth_block);
  return depth * (panels_at_once(depth, (n + panel - 1) / panel) * panel + strip);
}

// Packs columns [0, columns) of k rows of b side by side, padded with zeros to a whole panel.
void pack(std::size_t k, std::size_t columns, const Real* b, std::size_t row, Real* packed) {
  const std::size_t whole = columns / width * width;
  for (std::size_t i = 0; i < k; ++i, b += row, packed += panel) {
    for (std::size_t j = 0; j < whole; j += width) store(packed + j, load(b + j));
    for (std::size_t j = whole; j < panel; j += width)
      store(packed + j, j < columns ? load_part(b + j, columns - j) : Vec(0));
  }
}

// Calls f(Rows<vectors>) for as many vectors as the columns need.
template <class F>
void with_vectors(std::size_t columns, F f) {
  if constexpr (tile_columns == 4) {
    if (columns > 3 * width) return f(Rows<4>{});
    if (columns > 2 * width) return f(Rows<3>{});
  }
  if (columns > width) return f(Rows<2>{});
  return f(Rows<1>{});
}

// T rows by P vectors; `columns` may cut the last one short.
template <std::size_t T, std::size_t P>
void tile(std::size_t k, const Real* a, std::size_t a_row, std::size_t a_step, const Real* b,
          std::size_t b_row, const Real* bias, bool accumulate, Real* c, std::size_t c_row,
          std::size_t columns) {
  Vec acc[T][P];
  for (std::size_t t = 0; t < T; ++t)
    for (std::size_t p = 0; p < P; ++p) acc[t][p] = Vec(bias ? bias[t] : Real(0));
  fma_tile(
      k, [&](std::size_t t, std::size_t i) { return Vec(a[t * a_row + i * a_step]); },
      [&](std::size_t p, std::size_t i) { return load(b + i * b_row + p * width); }, acc);
  for (std::size_t t = 0; t < T; ++t)
    for (std::size_t p = 0; p < P; ++p) {
      Real* y = c + t * c_row + p * width;
      const std::size_t n = columns - p * width;
      if (n >= width)
        store(y, accumulate ? acc[t][p] + load(y) : acc[t][p]);
      else
        store_part(y, accumulate ? acc[t][p] + load_part(y, n) : acc[t][p], n);
    }
}

// Packs `rows` rows of a, whose columns are a_step apart, tile by tile: [depth][tile_rows].
void pack_strip(std::size_t rows, std::size_t depth, const Real* a, std::size_t a_step,
                Real* packed) {
  constexpr std::size_t tile_bytes = tile_rows * sizeof(Real);
  const std::size_t whole = rows / tile_rows * tile_rows;
  for (std::size_t i = 0; i < depth; ++i, a += a_step, packed += tile_rows) {
    for (std::size_t r = 0; r < whole; r += tile_rows)
      __builtin_memcpy(packed + r * depth, a + r, tile_bytes);
    for (std::size_t r = whole; r < rows; ++r) packed[whole * depth + r - whole] = a[r];
  }
}

// Computes c by groups of panels, row by row in each, so that it writes each row of c in one go.
void gemm(std::size_t m, std::size_t n, std::size_t k, const Real* a, std::size_t a_row,
          std::size_t a_step, const Real* b, const Real* bias, bool add, Real* c, Real* scratch) {
  const std::size_t depth_most = least(k, depth_block);
  const std::size_t group = panels_at_once(depth_most, (n + panel - 1) / panel) * panel;
  Real* strips = scratch + group * depth_most;
  const bool stripped = a_row == 1 && a_step >= far_apart;
  for (std::size_t j0 = 0; j0 < n; j0 += group)
    for (std::size_t k0 = 0; k0 == 0 || k0 < k; k0 += depth_block) {
      const std::size_t depth = least(k - k0, depth_block), end = least(j0 + group, n);
      if (n != panel)
        for (std::size_t j = j0; j < end; j += panel)
          pack(depth, least(end - j, panel), b + k0 * n + j, n, scratch + (j - j0) * depth);
      const Real* packed = n == panel ? b + k0 * n : scratch;
      const bool first = k0 == 0 && !add;
      for (std::size_t i = 0; i < m; i += tile_rows) {
        const Real* rows = a + i * a_row + k0 * a_step;
        std::size_t row = a_row, step = a_step;
        if (stripped) {
          if (i % strip == 0) pack_strip(least(m - i, strip), depth, rows, a_step, strips);
          rows = strips + i % strip * depth, row = 1, step = tile_rows;
        }
        for (std::size_t j = j0; j < end; j += panel)
          with_vectors(end - j, [&](auto vectors) {
            with_rows(m - i, [&](auto count) {
              tile<count.count, vectors.count>(depth, rows, row, step, packed + (j - j0) * depth,
                                               panel, first && bias ? bias + i : nullptr, !first,
                                               c + i * n + j, n, least(end - j, panel));
            });
          });
      }
    }
}

}  // namespace

void add_gemm(Kernels& table) {
  table.gemm = gemm;
  table.gemm_scratch = gemm_scratch;
  table.small_product = small_product;
}

}  // namespace fanin::FANIN_PRECISION::FANIN_ISA
