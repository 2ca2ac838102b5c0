#include "framework/core/kernels/simd.hpp"

namespace fanin::inline FANIN_PRECISION::FANIN_ISA {
namespace {

// The largest logit of each sample; NaN where there is one, so that it reaches the loss.
template <class Get>
Vec top(std::size_t classes, std::size_t n, const Real* logits, Get get) {
  Vec result = get(logits);
  for (std::size_t k = 1; k < classes; ++k) {
    const Vec v = get(logits + k * n);
    result = xsimd::select((v > result) | is_nan(v), v, result);
  }
  return result;
}

// loss = (max - x_label) + log(sum_k exp(x_k - max)), the two parts apart, as the first may be too
// large for the second to count; gradient of the mean = (softmax - onehot) / N.
void cross_entropy(std::size_t classes, std::size_t n, const Real* logits,
                   const std::int64_t* labels, Real* losses, Real* dx) {
  const auto label_at = [&](std::size_t i) { return static_cast<std::size_t>(labels[i]) * n + i; };
  for_vectors(n, [&](auto get, auto put) { put(losses, top(classes, n, logits, get)); });
  for (std::size_t i = 0; i < n; ++i) losses[i] -= logits[label_at(i)];
  const Vec scale(Real(1) / static_cast<Real>(n));
  for_vectors(n, [&](auto get, auto put) {
    const Vec most = top(classes, n, logits, get);
    Vec total(0);
    for (std::size_t k = 0; k < classes; ++k) {
      const Vec e = xsimd::exp(get(logits + k * n) - most);
      put(dx + k * n, e);
      total += e;
    }
    const Vec factor = scale / total;
    for (std::size_t k = 0; k < classes; ++k) put(dx + k * n, get(dx + k * n) * factor);
    put(losses, get(losses) + xsimd::log(total));
  });
  for (std::size_t i = 0; i < n; ++i) dx[label_at(i)] -= Real(1) / static_cast<Real>(n);
}

}  // namespace

void add_loss(Kernels& table) { table.cross_entropy = cross_entropy; }

}  // namespace fanin::inline FANIN_PRECISION::FANIN_ISA
