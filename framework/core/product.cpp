#include "framework/core/product.hpp"

#include <algorithm>

#include "framework/core/array.hpp"
#include "framework/core/blas.hpp"
#include "framework/core/kernels/kernels.hpp"
#include "framework/core/parallel.hpp"

namespace fanin::FANIN_PRECISION {
namespace {

// Our tiles hold b's columns in their lanes; OpenBLAS, which looks for lanes elsewhere, is up to 8
// times faster where they are this few (bench/NOTES.md).
constexpr std::size_t fewest_columns = 8;

constexpr std::size_t rows_of_tiles = 24;    // a multiple of any tile's rows
constexpr std::size_t least_work = 1 << 18;  // multiply-adds that are worth another thread

void multiply(const Factor& a, const Real* b, std::size_t n, const Real* bias, bool add, Real* c) {
  if (a.rows == 0 || n == 0) return;
  const std::size_t work = n * std::max<std::size_t>(a.columns, 1);  // of a row
  const bool small = a.rows * work <= kernels().small_product;
  if ((n < fewest_columns || small) && a.columns > 0) {
    if (bias)
      for (std::size_t i = 0; i < a.rows; ++i) std::fill_n(c + i * n, n, bias[i]);
    const bool turned = a.step != 1;
    const std::size_t stride = turned ? a.step : std::max(a.row, a.columns);
    return blas_gemm({a.data, a.rows, a.columns, stride, turned}, {b, a.columns, n, n},
                     bias || add ? 1 : 0, c);
  }
  const std::size_t grain = (least_work / work / rows_of_tiles + 1) * rows_of_tiles;
  parallel_for(a.rows, grain, [&](std::size_t first, std::size_t last) {
    Array scratch({kernels().gemm_scratch(n, a.columns)});
    const Real* rows = a.data + first * a.row;
    if (add)
      kernels().gemm_add(last - first, n, a.columns, rows, a.row, a.step, b, c + first * n,
                         scratch.data());
    else
      kernels().gemm(last - first, n, a.columns, rows, a.row, a.step, b,
                     bias ? bias + first : nullptr, c + first * n, scratch.data());
  });
}

}  // namespace

void product(const Factor& a, const Real* b, std::size_t n, const Real* bias, Real* c) {
  multiply(a, b, n, bias, false, c);
}

void add_product(const Factor& a, const Real* b, std::size_t n, Real* c) {
  multiply(a, b, n, nullptr, true, c);
}

}  // namespace fanin::FANIN_PRECISION
