#include "framework/core/linalg.hpp"

#include "framework/core/xtensor.hpp"  // first, see there

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <new>
#include <xtensor-blas/xblas.hpp>
#include <xtensor-blas/xlinalg.hpp>

#include "framework/core/blas_kernels.hpp"
#include "framework/core/error.hpp"
#include "framework/core/kernels/kernels.hpp"
#include "framework/core/parallel.hpp"

namespace fanin::FANIN_PRECISION {
namespace {

// OpenBLAS asks for 128 MB at its first product, for ever if there is not enough. This throws
// std::bad_alloc first, and UsageError if the kernels would crash. One thread calls it at a time.
void check_blas() {
  [[maybe_unused]] static const bool has_room = [] {
    check_blas_kernels();
    constexpr std::size_t bytes = std::size_t{136} << 20;
    void* room = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED) throw std::bad_alloc();
    return munmap(room, bytes) == 0;
  }();
}

// Our tiles hold b's columns in their lanes. With fewer columns than this OpenBLAS, which finds
// lanes elsewhere, is up to 8 times faster (bench/NOTES.md).
constexpr std::size_t fewest_columns = 8;

constexpr std::size_t rows_of_tiles = 24;    // a multiple of any tile's rows
constexpr std::size_t least_work = 1 << 18;  // multiply-adds that justify another thread

using Columns = xt::xtensor<Real, 2, xt::layout_type::column_major>;

// A matrix [m, n] column by column, as LAPACK wants it.
Columns by_columns(const Array& a) {
  const Array columns = a.batch_last();
  Columns result(std::array<std::size_t, 2>{a.shape()[0], a.shape()[1]});
  std::copy(columns.begin(), columns.end(), result.data());
  return result;
}

}  // namespace

void blas_gemm(const Matrix& a, const Matrix& b, Real beta, Real* c, std::size_t c_stride) {
  check_blas();
  using Index = xt::blas_index_t;
  const auto way = [](const Matrix& m) { return m.transposed ? cxxblas::Trans : cxxblas::NoTrans; };
  cxxblas::gemm<Index>(cxxblas::RowMajor, way(a), way(b), static_cast<Index>(a.rows),
                       static_cast<Index>(b.columns), static_cast<Index>(a.columns), Real(1),
                       a.data, static_cast<Index>(a.stride), b.data, static_cast<Index>(b.stride),
                       beta, c, static_cast<Index>(c_stride > 0 ? c_stride : b.columns));
}

void product(const Matrix& a, const Real* b, std::size_t n, const Real* bias, Real* c, bool add) {
  if (a.rows == 0 || n == 0) return;
  const std::size_t work = n * std::max<std::size_t>(a.columns, 1);  // for a row
  const bool small = a.rows * work <= kernels().small_product;
  if ((n < fewest_columns || small) && a.columns > 0) {
    if (bias)
      for (std::size_t i = 0; i < a.rows; ++i) std::fill_n(c + i * n, n, bias[i]);
    Matrix left = a;
    if (a.transposed && a.stride == 1)  // one row, which is its own transpose in memory
      left = {a.data, a.rows, a.columns, a.columns};
    return blas_gemm(left, {b, a.columns, n, n}, bias || add ? 1 : 0, c);
  }
  const std::size_t row = a.transposed ? 1 : a.stride, step = a.transposed ? a.stride : 1;
  const std::size_t grain = (least_work / work / rows_of_tiles + 1) * rows_of_tiles;
  parallel_for(a.rows, grain, [&](std::size_t first, std::size_t last) {
    Array scratch({kernels().gemm_scratch(n, a.columns)});
    const Real* rows = a.data + first * row;
    kernels().gemm(last - first, n, a.columns, rows, row, step, b, bias ? bias + first : nullptr,
                   add, c + first * n, scratch.data());
  });
}

Qr qr(const Array& a) {
  if (a.rank() != 2 || a.shape()[0] < a.shape()[1])
    throw Error("qr: expected a matrix [m, n] with m >= n, got {}", to_string(a.shape()));
  check_blas();
  const std::size_t m = a.shape()[0], n = a.shape()[1];
  Columns work = by_columns(a);
  xt::xtensor<Real, 1> tau(std::array<std::size_t, 1>{n});
  if (xt::lapack::geqrf(work, tau) != 0) throw Error("qr: LAPACK's geqrf failed");
  Qr result{Array({m, n}, 0), Array({n})};
  for (std::size_t i = 0; i < n; ++i) result.diagonal.data()[i] = work(i, i);
  if (xt::lapack::orgqr(work, tau) != 0) throw Error("qr: LAPACK's orgqr failed");
  std::copy_n(work.data(), m * n, result.q.data());
  return result;
}

Array singular_values(const Array& a) {
  if (a.rank() != 2)
    throw Error("singular_values: expected a matrix, got {}", to_string(a.shape()));
  check_blas();
  Columns work = by_columns(a);
  const auto values = std::get<1>(xt::linalg::svd(work, false, false));
  Array result({values.size()});
  std::copy(values.begin(), values.end(), result.begin());
  return result;
}

}  // namespace fanin::FANIN_PRECISION
