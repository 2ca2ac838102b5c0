#pragma once

#include "framework/core/array.hpp"

namespace fanin::FANIN_PRECISION {

// The reduced QR decomposition a = q r by Householder reflections (LAPACK geqrf and orgqr):
// a [m, n] with m >= n gives q [m, n] with orthonormal columns and the diagonal of r [n].
// Throws Error for another shape or when LAPACK fails.
struct Qr {
  Array q, diagonal;
};
Qr qr(const Array& a);

// The singular values of a matrix [m, n], from the largest down: [min(m, n)]. Throws Error for
// another rank or when LAPACK fails.
Array singular_values(const Array& a);

}  // namespace fanin::FANIN_PRECISION
