#pragma once

#include <cstddef>
#include <xsimd/xsimd.hpp>

#include "framework/core/kernels/kernels.hpp"

// What the kernel files share. They use only raw pointers and functions of this namespace. An
// inline function of the standard library could be compiled here with instructions that other CPUs
// lack, and the linker could pick that copy for the whole program.
namespace fanin::FANIN_PRECISION::FANIN_ISA {

using Vec = xsimd::batch<Real>;
constexpr std::size_t width = Vec::size;

// A register tile is `tile_rows` scalars by `tile_columns` vectors. Its sums take 24 of the 32
// registers of AVX-512 and NEON, or 12 of 16.
constexpr std::size_t tile_rows = 6;
#if defined(__AVX512F__) || defined(__aarch64__)
constexpr std::size_t tile_columns = 4;
#else
constexpr std::size_t tile_columns = 2;
#endif

inline Vec load(const Real* x) { return Vec::load_unaligned(x); }
inline void store(Real* y, const Vec& v) { v.store_unaligned(y); }

// These load or store the first n < width numbers. Other lanes load as zero; memory stays as it is.
#if defined(__AVX512F__) && !defined(FANIN_DOUBLE)
inline Vec load_part(const Real* x, std::size_t n) {
  return Vec(_mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << n) - 1), x));
}
inline void store_part(Real* y, const Vec& v, std::size_t n) {
  _mm512_mask_storeu_ps(y, static_cast<__mmask16>((1u << n) - 1), v);
}
#else
inline Vec load_part(const Real* x, std::size_t n) {
  alignas(64) Real lanes[width] = {};
  for (std::size_t i = 0; i < n; ++i) lanes[i] = x[i];
  return Vec::load_aligned(lanes);
}
inline void store_part(Real* y, const Vec& v, std::size_t n) {
  alignas(64) Real lanes[width];
  v.store_aligned(lanes);
  for (std::size_t i = 0; i < n; ++i) y[i] = lanes[i];
}
#endif

// These load or store a whole vector, or its first `lanes` numbers.
inline Vec load_lanes(const Real* x, std::size_t lanes) {
  return lanes == width ? load(x) : load_part(x, lanes);
}
inline void store_lanes(Real* y, const Vec& v, std::size_t lanes) {
  if (lanes == width)
    store(y, v);
  else
    store_part(y, v, lanes);
}

// Calls f(first, lanes) for blocks of up to `width` images.
template <class F>
inline void for_blocks(Range images, F f) {
  for (std::size_t n = images.first; n < images.last; n += width)
    f(n, images.last - n < width ? images.last - n : width);
}

// xsimd 9 renamed the sum of a vector's lanes.
inline Real sum_lanes(const Vec& v) {
#if XSIMD_VERSION_MAJOR >= 9
  return xsimd::reduce_add(v);
#else
  return xsimd::hadd(v);
#endif
}

// On NEON, xsimd only approximates quotients and roots of floats.
#if defined(__aarch64__) && !defined(FANIN_DOUBLE)
inline Vec quotient(const Vec& a, const Vec& b) { return Vec(vdivq_f32(a, b)); }
inline Vec square_root(const Vec& v) { return Vec(vsqrtq_f32(v)); }
#else
inline Vec quotient(const Vec& a, const Vec& b) { return a / b; }
inline Vec square_root(const Vec& v) { return xsimd::sqrt(v); }
#endif

// a b + c, rounded once if the instruction set can. xsimd 8.1's own is not fused for AVX-512: the
// compiler then picks one of two products.
#if defined(__AVX512F__) && defined(FANIN_DOUBLE)
inline Vec fused(const Vec& a, const Vec& b, const Vec& c) { return _mm512_fmadd_pd(a, b, c); }
#elif defined(__AVX512F__)
inline Vec fused(const Vec& a, const Vec& b, const Vec& c) { return _mm512_fmadd_ps(a, b, c); }
#else
inline Vec fused(const Vec& a, const Vec& b, const Vec& c) { return xsimd::fma(a, b, c); }
#endif

// xsimd 8.1's != is false for NaN, so v != v would not do.
inline auto is_nan(const Vec& v) { return ~(v == v); }

inline Vec relu(const Vec& v) { return xsimd::select(v < Vec(0), Vec(0), v); }  // keeps NaN
inline Vec sigmoid(const Vec& v) { return quotient(Vec(1), Vec(1) + xsimd::exp(-v)); }

inline Vec activate(Activation activation, const Vec& v) {
  switch (activation) {
    case Activation::relu: return relu(v);
    case Activation::tanh: return xsimd::tanh(v);
    case Activation::sigmoid: return sigmoid(v);
    default: return v;
  }
}

// The gradient of an activation's input, from its output y and that output's gradient.
inline Vec before(Activation activation, const Vec& y, const Vec& gradient) {
  switch (activation) {
    case Activation::relu: return xsimd::select(y <= Vec(0), Vec(0), gradient);
    case Activation::tanh: return gradient * (Vec(1) - y * y);
    case Activation::sigmoid: return gradient * y * (Vec(1) - y);
    default: return gradient;
  }
}

// Calls f(load, store) for each whole vector of [0, n), then once for the rest. All calls do the
// same arithmetic, so a result does not depend on its place.
template <class F>
inline void for_vectors(std::size_t n, F f) {
  std::size_t i = 0;
  for (; i + width <= n; i += width)
    f([i](const Real* x) { return load(x + i); }, [i](Real* y, const Vec& v) { store(y + i, v); });
  if (i < n)
    f([i, n](const Real* x) { return load_part(x + i, n - i); },
      [i, n](Real* y, const Vec& v) { store_part(y + i, v, n - i); });
}

// acc[t][p] += sum_k a(t, k) * b(p, k): the register tile of both gemm and convolution.
template <std::size_t T, std::size_t P, class A, class B>
inline __attribute__((always_inline)) void fma_tile(std::size_t depth, A a, B b, Vec (&acc)[T][P]) {
  for (std::size_t k = 0; k < depth; ++k) {
    Vec x[P];
#pragma GCC unroll 8
    for (std::size_t p = 0; p < P; ++p) x[p] = b(p, k);
#pragma GCC unroll 8
    for (std::size_t t = 0; t < T; ++t) {
      const Vec w = a(t, k);
#pragma GCC unroll 8
      for (std::size_t p = 0; p < P; ++p) acc[t][p] = xsimd::fma(w, x[p], acc[t][p]);
    }
  }
}

template <std::size_t T>
struct Rows {
  static constexpr std::size_t count = T;
};

// Calls f(Rows<rows>) for a run-time number of rows in [1, tile_rows].
template <class F>
inline void with_rows(std::size_t rows, F f) {
  switch (rows) {
    case 1: return f(Rows<1>{});
    case 2: return f(Rows<2>{});
    case 3: return f(Rows<3>{});
    case 4: return f(Rows<4>{});
    case 5: return f(Rows<5>{});
    default: return f(Rows<6>{});
  }
}

// Each file puts its kernels into the table.
void add_pointwise(Kernels&);
void add_gemm(Kernels&);
void add_conv(Kernels&);
void add_norm(Kernels&);
void add_random(Kernels&);

}  // namespace fanin::FANIN_PRECISION::FANIN_ISA
