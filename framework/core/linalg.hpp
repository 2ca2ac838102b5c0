#pragma once

#include <cstddef>

#include "framework/core/array.hpp"

namespace fanin::FANIN_PRECISION {

// A matrix [rows, columns]. If it is `transposed`, memory holds its transpose. Rows in memory begin
// `stride` numbers apart.
struct Matrix {
  const Real* data;
  std::size_t rows, columns, stride;
  bool transposed = false;
};

// c [a.rows, b.columns] = a b + beta c, by OpenBLAS on one thread. Rows of c are c_stride numbers
// apart, or adjacent if that is 0.
void blas_gemm(const Matrix& a, const Matrix& b, Real beta, Real* c, std::size_t c_stride = 0);

// c [a.rows][n] = a b + bias for b [a.columns][n] and bias [a.rows] or null; with `add`, c += a b.
// It uses our own kernels on all threads of the run, or OpenBLAS on one thread if n or the whole
// product is small. In a network, n is the batch or the number of a layer's inputs.
void product(const Matrix& a, const Real* b, std::size_t n, const Real* bias, Real* c,
             bool add = false);

// The reduced QR decomposition a = q r by Householder reflections (LAPACK geqrf and orgqr):
// a [m, n] with m >= n gives q [m, n] with orthonormal columns and the diagonal of r [n].
// Throws Error for another shape or if LAPACK fails.
struct Qr {
  Array q, diagonal;
};
Qr qr(const Array& a);

// The singular values of a matrix, largest first. Throws Error for another rank.
Array singular_values(const Array& a);

}  // namespace fanin::FANIN_PRECISION
