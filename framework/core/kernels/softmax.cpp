#include "framework/core/kernels/simd.hpp"

namespace fanin::FANIN_PRECISION::FANIN_ISA {
namespace {

// Calls f(offset of a column's first number, load, store) for vectors of neighbouring columns.
template <class F>
void for_columns(std::size_t outer, std::size_t n, std::size_t inner, F f) {
  for (std::size_t o = 0; o < outer; ++o)
    for_vectors(inner, [&](auto get, auto put) { f(o * n * inner, get, put); });
}

// NaN if there is one, so that it reaches every output.
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

// dx = y (g - sum(g y)), and of the logarithm g - exp(y) sum(g).
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
// its parts apart, as the first may be too large for the last to count; its gradient
// softmax - (1 - s) onehot - s / K.
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

void add_softmax(Kernels& table) {
  table.cross_entropy = cross_entropy;
  table.softmax = softmax<false>;
  table.softmax_backward = softmax_backward<false>;
  table.log_softmax = softmax<true>;
  table.log_softmax_backward = softmax_backward<true>;
}

}  // namespace fanin::FANIN_PRECISION::FANIN_ISA
