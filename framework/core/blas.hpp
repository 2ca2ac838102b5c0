#pragma once

#include <cstddef>

#include "framework/core/precision.hpp"

namespace fanin::inline FANIN_PRECISION {

// A matrix in memory: op(A) is [rows, columns]; transposed means that it lies as its transpose,
// with `stride` numbers from one stored row to the next.
struct Matrix {
  const Real* data;
  std::size_t rows, columns, stride;
  bool transposed = false;
};

// c [a.rows, b.columns] (row-major) = a b + beta c, by OpenBLAS on its current number of threads.
void blas_gemm(const Matrix& a, const Matrix& b, Real beta, Real* c);

// Threads that OpenBLAS may use for one product; 1 until told otherwise.
void set_blas_threads(std::size_t threads);

}  // namespace fanin::inline FANIN_PRECISION
