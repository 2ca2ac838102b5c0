#include "framework/core/kernels/simd.hpp"

namespace fanin::FANIN_PRECISION::FANIN_ISA {
namespace {

// Sum of f(vector) over [0, n); f must give 0 for the zeros past the end.
template <class F>
Real sum(std::size_t n, F f) {
  Vec total[2] = {Vec(0), Vec(0)};
  std::size_t turn = 0;
  for_vectors(n, [&](auto get, auto) { total[turn ^= 1] += f(get); });
  return sum_lanes(total[0] + total[1]);
}

// Two passes: the second around the mean, so that nothing cancels; then the mean's own rounding
// is taken out, var = E[(x - m)^2] - E[x - m]^2.
void moments(std::size_t channels, std::size_t n, const Real* x, Real* mean, Real* variance) {
  const Real scale = Real(1) / static_cast<Real>(n);
  for (std::size_t c = 0; c < channels; ++c, x += n) {
    const Real m = sum(n, [x](auto get) { return get(x); }) * scale;
    Vec off(0), square(0);
    std::size_t i = 0;
    for (; i + width <= n; i += width) {
      const Vec d = load(x + i) - Vec(m);
      off += d;
      square = xsimd::fma(d, d, square);
    }
    Real off_sum = sum_lanes(off), square_sum = sum_lanes(square);
    for (; i < n; ++i) {
      off_sum += x[i] - m;
      square_sum += (x[i] - m) * (x[i] - m);
    }
    const Real correction = off_sum * scale;
    mean[c] = m + correction;
    variance[c] = square_sum * scale - correction * correction;
  }
}

void normalize(std::size_t channels, std::size_t n, const Real* x, const Real* mean,
               const Real* inv_std, const Real* weight, const Real* bias, Activation activation,
               Real* y) {
  for (std::size_t c = 0; c < channels; ++c, x += n, y += n) {
    const Vec m(mean[c]), factor(inv_std[c] * (weight ? weight[c] : Real(1)));
    const Vec shift(bias ? bias[c] : Real(0));
    for_vectors(n, [&](auto get, auto put) {
      put(y, activate(activation, xsimd::fma(get(x) - m, factor, shift)));
    });
  }
}

// With xhat = (x - mean) inv_std: dx = weight inv_std (g - E[g] - xhat E[g xhat]).
void normalize_backward(std::size_t channels, std::size_t n, const Real* x, const Real* y,
                        const Real* g, const Real* mean, const Real* inv_std, const Real* weight,
                        Activation activation, bool fixed, Real* dx, Real* dweight, Real* dbias) {
  const Real scale = Real(1) / static_cast<Real>(n);
  for (std::size_t c = 0; c < channels; ++c, x += n, y += n, g += n, dx += n) {
    const Vec m(mean[c]), inv(inv_std[c]);
    const auto gradient = [=](auto get) {
      return activation == Activation::none ? get(g) : before(activation, get(y), get(g));
    };
    dbias[c] = sum(n, gradient);
    dweight[c] = sum(n, [&](auto get) { return gradient(get) * (get(x) - m); }) * inv_std[c];
    const Vec factor(inv_std[c] * (weight ? weight[c] : Real(1)));
    const Vec mean_g(fixed ? Real(0) : dbias[c] * scale);
    const Vec mean_gx(fixed ? Real(0) : dweight[c] * scale);
    for_vectors(n, [&](auto get, auto put) {
      const Vec xhat = (get(x) - m) * inv;
      put(dx, factor * xsimd::fnma(xhat, mean_gx, gradient(get) - mean_g));
    });
  }
}

}  // namespace

void add_norm(Kernels& table) {
  table.moments = moments;
  table.normalize = normalize;
  table.normalize_backward = normalize_backward;
}

}  // namespace fanin::FANIN_PRECISION::FANIN_ISA
