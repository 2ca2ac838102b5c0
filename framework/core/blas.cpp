#include "framework/core/blas.hpp"

#include "framework/core/xtensor.hpp"  // first, see there

#include <sys/mman.h>

#include <new>
#include <xtensor-blas/xblas.hpp>

extern "C" void openblas_set_num_threads(int threads);

namespace fanin::inline FANIN_PRECISION {
namespace {

cxxblas::Transpose transpose(const Matrix& m) {
  return m.transposed ? cxxblas::Trans : cxxblas::NoTrans;
}

// Threads are ours to run (parallel.hpp): OpenBLAS's own round otherwise, and wait in a busy loop.
[[maybe_unused]] const bool single_threaded = (openblas_set_num_threads(1), true);

}  // namespace

void check_blas_memory() {
  [[maybe_unused]] static const bool has_room = [] {
    constexpr std::size_t bytes = std::size_t{136} << 20;
    void* room = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED) throw std::bad_alloc();
    return munmap(room, bytes) == 0;
  }();
}

void blas_gemm(const Matrix& a, const Matrix& b, Real beta, Real* c, std::size_t c_stride) {
  check_blas_memory();
  using Index = xt::blas_index_t;
  cxxblas::gemm<Index>(cxxblas::RowMajor, transpose(a), transpose(b), static_cast<Index>(a.rows),
                       static_cast<Index>(b.columns), static_cast<Index>(a.columns), Real(1),
                       a.data, static_cast<Index>(a.stride), b.data, static_cast<Index>(b.stride),
                       beta, c, static_cast<Index>(c_stride > 0 ? c_stride : b.columns));
}

}  // namespace fanin::inline FANIN_PRECISION
