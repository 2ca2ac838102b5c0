#pragma once

#include <cstddef>

#include "framework/core/array.hpp"

namespace fanin::FANIN_PRECISION {

// A matrix in memory: op(A) is [rows, columns]; transposed means that it lies as its transpose,
// with `stride` numbers from one stored row to the next.
struct Matrix {
  const Real* data;
  std::size_t rows, columns, stride;
  bool transposed = false;
};

// c [a.rows, b.columns] = a b + beta c, by OpenBLAS on one thread; rows of c are c_stride numbers
// apart, or side by side if that is 0.
void blas_gemm(const Matrix& a, const Matrix& b, Real beta, Real* c, std::size_t c_stride = 0);

// c [a.rows][n] = a b + bias for b [a.columns][n] and a bias for each row, or null for none, on
// all threads of the run, by our tiles or OpenBLAS, whichever should be faster. Products as
// networks have them: n is the batch or a layer's inputs.
void product(const Matrix& a, const Real* b, std::size_t n, const Real* bias, Real* c);
void add_product(const Matrix& a, const Real* b, std::size_t n, Real* c);  // c += a b

// Throws UsageError if OPENBLAS_CORETYPE names kernels that this CPU lacks, which would crash.
void check_blas_kernels();

// The reduced QR decomposition a = q r by Householder reflections (LAPACK geqrf and orgqr):
// a [m, n] with m >= n gives q [m, n] with orthonormal columns and the diagonal of r [n].
// Throws Error for another shape or when LAPACK fails.
struct Qr {
  Array q, diagonal;
};
Qr qr(const Array& a);

// The singular values of a matrix, from the largest down. Throws for another rank, as qr does.
Array singular_values(const Array& a);

}  // namespace fanin::FANIN_PRECISION
