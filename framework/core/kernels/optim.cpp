#include "framework/core/kernels/simd.hpp"

namespace fanin::FANIN_PRECISION::FANIN_ISA {
namespace {

// PyTorch's SGD: g += decay p; b = momentum b + (1 - dampening) g; p -= lr b (or g + momentum b).
void sgd(std::size_t n, const SgdStep& s, const Real* g, Real* buffer, Real* p) {
  const Vec lr(s.lr), momentum(s.momentum), fresh(s.fresh), decay(s.weight_decay);
  if (s.momentum == 0) {
    for_vectors(
        n, [&](auto get, auto put) { put(p, get(p) - lr * xsimd::fma(decay, get(p), get(g))); });
    return;
  }
  for_vectors(n, [&](auto get, auto put) {
    const Vec d = xsimd::fma(decay, get(p), get(g));
    const Vec b = s.first ? d : momentum * get(buffer) + fresh * d;
    put(buffer, b);
    put(p, get(p) - lr * (s.nesterov ? d + momentum * b : b));
  });
}

// Kingma & Ba 2015; decoupled decay: Loshchilov & Hutter 2019; AMSGrad: Reddi et al. 2018.
void adam(std::size_t n, const AdamStep& s, const Real* g, Real* m, Real* v, Real* largest,
          Real* p) {
  const Vec beta1(s.beta1), beta2(s.beta2), fresh1(s.fresh1), fresh2(s.fresh2);
  const Vec step(s.step_size), root(s.root), eps(s.eps), decay(s.weight_decay), shrink(s.shrink);
  for_vectors(n, [&](auto get, auto put) {
    const Vec before = get(p) * shrink;
    const Vec d = xsimd::fma(decay, before, get(g));
    const Vec mean = beta1 * get(m) + fresh1 * d;
    const Vec square = beta2 * get(v) + fresh2 * d * d;
    put(m, mean);
    put(v, square);
    const Vec divisor = s.amsgrad ? xsimd::max(get(largest), square) : square;
    if (s.amsgrad) put(largest, divisor);
    put(p, before - quotient(step * mean, square_root(divisor) * root + eps));
  });
}

// Tieleman & Hinton 2012; centred: Graves 2013.
void rmsprop(std::size_t n, const RmspropStep& s, const Real* g, Real* v, Real* buffer, Real* mean,
             Real* p) {
  const Vec lr(s.lr), alpha(s.alpha), fresh(s.fresh), eps(s.eps), decay(s.weight_decay);
  const Vec momentum(s.momentum);
  for_vectors(n, [&](auto get, auto put) {
    const Vec d = xsimd::fma(decay, get(p), get(g));
    const Vec square = alpha * get(v) + fresh * d * d;
    Vec spread = square;
    if (s.centered) {
      const Vec average = alpha * get(mean) + fresh * d;
      put(mean, average);
      spread = square - average * average;
    }
    const Vec b = momentum * get(buffer) + quotient(d, square_root(spread) + eps);
    put(v, square);
    put(buffer, b);
    put(p, get(p) - lr * b);
  });
}

}  // namespace

void add_optim(Kernels& table) {
  table.sgd = sgd;
  table.adam = adam;
  table.rmsprop = rmsprop;
}

}  // namespace fanin::FANIN_PRECISION::FANIN_ISA
