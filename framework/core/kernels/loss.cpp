#include "framework/core/kernels/simd.hpp"

namespace fanin::inline FANIN_PRECISION::FANIN_ISA {
namespace {

// loss = log(sum_k exp(x_k - max)) + max - x_label;  gradient of the mean = (softmax - onehot) / N.
void cross_entropy(std::size_t classes, std::size_t n, const Real* logits,
                   const std::int64_t* labels, Real* losses, Real* dx) {
  const Vec scale(Real(1) / static_cast<Real>(n));
  for_vectors(n, [&](auto get, auto put) {
    Vec top = get(logits);
    for (std::size_t k = 1; k < classes; ++k) {
      const Vec v = get(logits + k * n);
      top = xsimd::select((v > top) | (v != v), v, top);  // NaN must reach the loss
    }
    Vec total(0);
    for (std::size_t k = 0; k < classes; ++k) {
      const Vec e = xsimd::exp(get(logits + k * n) - top);
      put(dx + k * n, e);
      total += e;
    }
    const Vec factor = scale / total;
    for (std::size_t k = 0; k < classes; ++k) put(dx + k * n, get(dx + k * n) * factor);
    put(losses, xsimd::log(total) + top);
  });
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t at = static_cast<std::size_t>(labels[i]) * n + i;
    losses[i] -= logits[at];
    dx[at] -= Real(1) / static_cast<Real>(n);
  }
}

}  // namespace

void add_loss(Kernels& table) { table.cross_entropy = cross_entropy; }

}  // namespace fanin::inline FANIN_PRECISION::FANIN_ISA
