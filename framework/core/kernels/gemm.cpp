#include "framework/core/kernels/simd.hpp"

namespace fanin::inline FANIN_PRECISION::FANIN_ISA {
namespace {

constexpr std::size_t panel = tile_columns * width;  // columns of b and c handled at once
constexpr std::size_t depth_block = 512;             // rows of a panel that stay in the L2 cache

std::size_t gemm_scratch(std::size_t k) { return (k < depth_block ? k : depth_block) * panel; }

// Columns [0, columns) of k rows of b, side by side and padded with zeros to a whole panel.
void pack(std::size_t k, std::size_t columns, const Real* b, std::size_t row, Real* packed) {
  for (std::size_t i = 0; i < k; ++i, b += row, packed += panel) {
    for (std::size_t j = 0; j < columns; ++j) packed[j] = b[j];
    for (std::size_t j = columns; j < panel; ++j) packed[j] = 0;
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

// T rows by P vectors, of which the last may be cut short by `columns`.
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

void product(std::size_t m, std::size_t n, std::size_t k, const Real* a, std::size_t a_row,
             std::size_t a_step, const Real* b, const Real* bias, bool add, Real* c,
             Real* scratch) {
  for (std::size_t j = 0; j < n; j += panel) {
    const std::size_t columns = n - j < panel ? n - j : panel;
    for (std::size_t k0 = 0; k0 == 0 || k0 < k; k0 += depth_block) {
      const std::size_t depth = k - k0 < depth_block ? k - k0 : depth_block;
      const Real* rows = b + k0 * n + j;
      std::size_t row = n;
      if (n != panel) {
        pack(depth, columns, rows, n, scratch);
        rows = scratch;
        row = panel;
      }
      const bool first = k0 == 0 && !add;
      with_vectors(columns, [&](auto vectors) {
        for (std::size_t i = 0; i < m; i += tile_rows)
          with_rows(m - i, [&](auto count) {
            tile<count.count, vectors.count>(depth, a + i * a_row + k0 * a_step, a_row, a_step,
                                             rows, row, first && bias ? bias + i : nullptr, !first,
                                             c + i * n + j, n, columns);
          });
      });
    }
  }
}

void gemm(std::size_t m, std::size_t n, std::size_t k, const Real* a, std::size_t a_row,
          std::size_t a_step, const Real* b, const Real* bias, Real* c, Real* scratch) {
  product(m, n, k, a, a_row, a_step, b, bias, false, c, scratch);
}

void gemm_add(std::size_t m, std::size_t n, std::size_t k, const Real* a, std::size_t a_row,
              std::size_t a_step, const Real* b, Real* c, Real* scratch) {
  product(m, n, k, a, a_row, a_step, b, nullptr, true, c, scratch);
}

}  // namespace

void add_gemm(Kernels& table) {
  table.gemm = gemm;
  table.gemm_add = gemm_add;
  table.gemm_scratch = gemm_scratch;
}

}  // namespace fanin::inline FANIN_PRECISION::FANIN_ISA
