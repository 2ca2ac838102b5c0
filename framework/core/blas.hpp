#pragma once

#include <cstddef>

#include "framework/core/precision.hpp"

namespace fanin::FANIN_PRECISION {

// A matrix in memory: op(A) is [rows, columns]; transposed means that it lies as its transpose,
// with `stride` numbers from one stored row to the next.
struct Matrix {
  const Real* data;
  std::size_t rows, columns, stride;
  bool transposed = false;
};

// c [a.rows, b.columns] = a b + beta c, by OpenBLAS on one thread; rows of c are c_stride numbers
// apart, or side by side where that is 0.
void blas_gemm(const Matrix& a, const Matrix& b, Real beta, Real* c, std::size_t c_stride = 0);

// Throws UsageError if OPENBLAS_CORETYPE names kernels that this CPU lacks, which would crash.
void check_blas_kernels();

// The same, and OpenBLAS takes 128 MB at its first product and, if there is no memory, asks for
// ever: throws std::bad_alloc instead. To be called before it is used, LAPACK too; by one thread at
// a time.
void check_blas();

}  // namespace fanin::FANIN_PRECISION
