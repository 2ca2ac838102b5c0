#include "framework/core/kernels/simd.hpp"

// Sums, normalisation and softmax.
namespace fanin::FANIN_PRECISION::FANIN_ISA {
namespace {

void row_sums(std::size_t rows, std::size_t n, const Real* x, Real* sums) {
  for (std::size_t r = 0; r < rows; ++r, x += n) {
    Vec even(0), odd(0);  // two sums hide the latency of the additions
    std::size_t i = 0;
    for (; i + 2 * width <= n; i += 2 * width) {
      even += load(x + i);
      odd += load(x + i + width);
    }
    Real sum = sum_lanes(even + odd);
    for (; i < n; ++i) sum += x[i];
    sums[r] = sum;
  }
}

// The sum of f(vector) over [0, n); f must give 0 for the zeros past the end.
template <class F>
Real sum(std::size_t n, F f) {
  Vec total[2] = {Vec(0), Vec(0)};
  std::size_t turn = 0;
  for_vectors(n, [&](auto get, auto) { total[turn ^= 1] += f(get); });
  return sum_lanes(total[0] + total[1]);
}

// The second pass subtracts the mean m, so that nothing cancels. Then the mean's own rounding is
// corrected: var = E[(x - m)^2] - E[x - m]^2.
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

// Calls f(offset of the first number, load, store) for vectors of neighbouring columns.
template <class F>
void for_columns(std::size_t outer, std::size_t n, std::size_t inner, F f) {
  for (std::size_t o = 0; o < outer; ++o)
    for_vectors(inner, [&](auto get, auto put) { f(o * n * inner, get, put); });
}

// The largest number, or NaN if there is one, so that NaN reaches every output.
template <class Get>
Vec largest(std::size_t n, std::size_t inner, const Real* x, Get get) {
  Vec result = get(x);
  for (std::size_t k = 1; k < n; ++k) {
    const Vec v = get(x + k * inner);
    result = xsimd::select((v > result) | is_nan(v), v, result);
  }
  return result;
}

template <bool logarithm>
void softmax(std::size_t outer, std::size_t n, std::size_t inner, const Real* x, Real* y) {
  for_columns(outer, n, inner, [&](std::size_t at, auto get, auto put) {
    const Vec most = largest(n, inner, x + at, get);
    Vec total(0);
    for (std::size_t k = at; k < at + n * inner; k += inner) {
      const Vec e = xsimd::exp(get(x + k) - most);
      if constexpr (!logarithm) put(y + k, e);
      total += e;
    }
    if constexpr (logarithm) total = xsimd::log(total);
    for (std::size_t k = at; k < at + n * inner; k += inner)
      if constexpr (logarithm)
        put(y + k, get(x + k) - most - total);
      else
        put(y + k, quotient(get(y + k), total));
  });
}

// dx = y (g - sum(g y)); for the logarithm, dx = g - exp(y) sum(g).
template <bool logarithm>
void softmax_backward(std::size_t outer, std::size_t n, std::size_t inner, const Real* y,
                      const Real* g, Real* dx) {
  for_columns(outer, n, inner, [&](std::size_t at, auto get, auto put) {
    Vec total(0);
    for (std::size_t k = at; k < at + n * inner; k += inner)
      total = logarithm ? total + get(g + k) : xsimd::fma(get(y + k), get(g + k), total);
    for (std::size_t k = at; k < at + n * inner; k += inner)
      if constexpr (logarithm)
        put(dx + k, get(g + k) - xsimd::exp(get(y + k)) * total);
      else
        put(dx + k, get(y + k) * (get(g + k) - total));
  });
}

// With logsum = log(sum_k exp(x_k - max)) and smoothing s over K classes, the loss is
//   (1 - s) (max - x_label) + s (max - mean(x)) + logsum,
// and its gradient is softmax - (1 - s) onehot - s / K. The first part is computed by itself,
// because it may be so large that logsum added to max would not count.
void cross_entropy(std::size_t classes, std::size_t n, const Real* logits,
                   const std::int64_t* labels, const Real* share, Real smoothing, Real* losses,
                   Real* dx) {
  const auto label_at = [&](std::size_t i) { return static_cast<std::size_t>(labels[i]) * n + i; };
  const Real spread = smoothing / static_cast<Real>(classes);
  for_vectors(n, [&](auto get, auto put) { put(losses, largest(classes, n, logits, get)); });
  for (std::size_t i = 0; i < n; ++i)
    if (share[i] != 0) losses[i] = (1 - smoothing) * (losses[i] - logits[label_at(i)]);
  for_vectors(n, [&](auto get, auto put) {
    const Vec most = largest(classes, n, logits, get), weight = get(share);
    Vec total(0), below(0);  // below: sum_k (max - x_k)
    for (std::size_t k = 0; k < classes; ++k) {
      const Vec down = get(logits + k * n) - most, e = xsimd::exp(down);
      put(dx + k * n, e);
      total += e;
      below -= down;
    }
    const Vec factor = quotient(weight, total), less = weight * Vec(spread);
    const auto ignored = weight == Vec(0);
    for (std::size_t k = 0; k < classes; ++k)
      put(dx + k * n, xsimd::select(ignored, Vec(0), get(dx + k * n) * factor - less));
    Vec loss = get(losses) + xsimd::log(total);
    if (smoothing > 0) loss = xsimd::fma(below, Vec(spread), loss);
    put(losses, xsimd::select(ignored, Vec(0), loss));
  });
  for (std::size_t i = 0; i < n; ++i)
    if (share[i] != 0) dx[label_at(i)] -= (1 - smoothing) * share[i];
}

}  // namespace

void add_norm(Kernels& table) {
  table.row_sums = row_sums;
  table.moments = moments;
  table.normalize = normalize;
  table.normalize_backward = normalize_backward;
  table.cross_entropy = cross_entropy;
  table.softmax = {softmax<false>, softmax_backward<false>};
  table.log_softmax = {softmax<true>, softmax_backward<true>};
}

}  // namespace fanin::FANIN_PRECISION::FANIN_ISA
