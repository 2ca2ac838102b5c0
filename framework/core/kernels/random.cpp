#include "framework/core/kernels/simd.hpp"

// PyTorch's draws, as its AVX2 build computes them on x86-64. There the compiler fused
// multiplications and additions of at::uniform_real_distribution and of Cephes' logf and sincosf
// (Moshier), which decides the last bit. This file spells out each fusion and is compiled with
// -ffp-contract=off, so that the bits are the same on every CPU.
namespace fanin::FANIN_PRECISION::FANIN_ISA {
namespace {

float fma(float a, float b, float c) { return __builtin_fmaf(a, b, c); }

constexpr std::size_t words = 624, middle = 397;

std::uint32_t twisted(std::uint32_t high, std::uint32_t low) {
  return ((high & 0x80000000) | (low & 0x7FFFFFFF)) >> 1 ^ (-(low & 1) & 0x9908B0DF);
}

// A word depends on itself, its neighbour and the word 397 ahead. None of them is written earlier
// in the same loop.
void twist(std::uint32_t* state) {
  constexpr std::size_t rest = words - middle;
#pragma GCC ivdep
  for (std::size_t i = 0; i < rest; ++i)
    state[i] = state[i + middle] ^ twisted(state[i], state[i + 1]);
#pragma GCC ivdep
  for (std::size_t i = rest; i < words - 1; ++i)
    state[i] = state[i - rest] ^ twisted(state[i], state[i + 1]);
  state[words - 1] = state[middle - 1] ^ twisted(state[words - 1], state[0]);
}

void temper(const std::uint32_t* state, std::uint32_t* bits) {
  for (std::size_t i = 0; i < words; ++i) {
    std::uint32_t y = state[i];
    y ^= y >> 11;
    y ^= y << 7 & 0x9D2C5680;
    y ^= y << 15 & 0xEFC60000;
    bits[i] = y ^ y >> 18;
  }
}

// 24 bits become a number in [0, 1), then one in [a, b). What rounds to b becomes a, so a = b gives
// a with its sign.
void uniform(std::size_t n, const std::uint32_t* bits, float a, float b, float* y) {
  for (std::size_t i = 0; i < n; ++i) {
    const float u = static_cast<float>(static_cast<std::int32_t>(bits[i] & 0xFFFFFF)) * 0x1p-24f;
    const float x = fma(u, b - a, a);
    y[i] = x == b ? a : x;
  }
}

// The natural logarithm of a normal positive number.
inline float cephes_log(float x) {
  std::int32_t bits;
  __builtin_memcpy(&bits, &x, sizeof bits);
  float e = static_cast<float>((bits >> 23) - 126);
  bits = (bits & 0x007FFFFF) | 0x3F000000;  // the mantissa, in [0.5, 1)
  __builtin_memcpy(&x, &bits, sizeof x);
  const bool small = x < 0.707106781186547524f;
  e -= small ? 1.0f : 0.0f;
  x = (x - 1.0f) + (small ? x : 0.0f);
  const float z = x * x;
  float y = 7.0376836292e-2f;
  y = fma(y, x, -1.1514610310e-1f);
  y = fma(y, x, 1.1676998740e-1f);
  y = fma(y, x, -1.2420140846e-1f);
  y = fma(y, x, 1.4249322787e-1f);
  y = fma(y, x, -1.6668057665e-1f);
  y = fma(y, x, 2.0000714765e-1f);
  y = fma(y, x, -2.4999993993e-1f);
  y = fma(y, x, 3.3333331174e-1f);
  y = y * x;
  y = fma(y, z, e * -2.12194440e-4f);
  y = fma(z, -0.5f, y);
  return fma(e, 0.693359375f, x + y);
}

// Sine and cosine of x >= 0.
inline void cephes_sincos(float x, float& sine, float& cosine) {
  const std::int32_t octant = (static_cast<std::int32_t>(x * 1.27323954473516f) + 1) & ~1;
  const float k = static_cast<float>(octant);
  x = fma(k, -0.78515625f, x);
  x = fma(k, -2.4187564849853515625e-4f, x);
  x = fma(k, -3.77489497744594108e-8f, x);
  const float z = x * x;
  float c = 2.443315711809948e-5f;
  c = fma(c, z, -1.388731625493765e-3f);
  c = fma(c, z, 4.166664568298827e-2f);
  c = fma(c * z, z, z * -0.5f) + 1.0f;
  float s = -1.9515295891e-4f;
  s = fma(s, z, 8.3321608736e-3f);
  s = fma(s, z, -1.6666654611e-1f);
  s = fma(s * z, x, x);
  const bool swapped = (octant & 2) != 0;
  const float sine_size = swapped ? c : s, cosine_size = swapped ? s : c;
  sine = (octant & 4) != 0 ? -sine_size : sine_size;
  cosine = ((octant - 2) & 4) == 0 ? -cosine_size : cosine_size;
}

// Box & Muller 1958 on pairs 8 apart.
void normal(std::size_t n, float mean, float std, float* y) {
  for (std::size_t i = 0; i + 16 <= n; i += 16)
    for (std::size_t j = i; j < i + 8; ++j) {
      const float radius = __builtin_sqrtf(-2.0f * cephes_log(1.0f - y[j]));
      float sine, cosine;
      cephes_sincos(6.283185307179586f * y[j + 8], sine, cosine);
      y[j] = fma(radius * cosine, std, mean);
      y[j + 8] = fma(radius * sine, std, mean);
    }
}

}  // namespace

void add_random(Kernels& table) {
  table.twist = twist;
  table.temper = temper;
  table.uniform = uniform;
  table.normal = normal;
}

}  // namespace fanin::FANIN_PRECISION::FANIN_ISA
