#include "framework/optim/muon.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <utility>

#include "framework/core/error.hpp"
#include "framework/core/kernels/kernels.hpp"
#include "framework/core/linalg.hpp"

namespace fanin::FANIN_PRECISION {
namespace {

Real real(double value) { return static_cast<Real>(value); }

// The nearest number with bfloat16's 8 bits of precision, of two the even one.
Real bfloat16(Real x) {
  if (!(std::abs(x) <= 3e38f)) return x;  // infinite or NaN
  const auto bits = std::bit_cast<std::uint32_t>(static_cast<float>(x));
  return std::bit_cast<float>((bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000);
}

// torch.lerp: a + weight (b - a), from the nearer end.
Real lerp(Real a, Real b, Real weight) {
  return weight < Real(0.5) ? a + weight * (b - a) : b - (1 - weight) * (b - a);
}

// [m, n] -> [n, m], both row-major.
Array transposed(const Array& x) {
  Array y({x.shape()[1], x.shape()[0]});
  kernels().transpose(x.shape()[0], x.shape()[1], x.data(), y.data());
  return y;
}

// a x + b, rounded once.
void add_scaled(Real a, const Array& x, Array& b) {
  const Real* from = x.data();
  for (Real& value : b) value = bfloat16(a * *from++ + value);
}

// The Newton-Schulz steps on x [m, n] with m <= n.
Array orthogonalized(Array x, const MuonOptions& o) {
  const std::size_t m = x.shape()[0], n = x.shape()[1];
  const Real a = real(o.ns_coefficients[0]), b = real(o.ns_coefficients[1]);
  const Real c = real(o.ns_coefficients[2]);
  double squares = 0;
  for (Real& value : x) value = bfloat16(value), squares += static_cast<double>(value) * value;
  const Real norm = std::max(bfloat16(real(std::sqrt(squares))), bfloat16(real(o.eps)));
  for (Real& value : x) value = bfloat16(value / norm);
  Array gram({m, m}), update({m, m});
  for (std::size_t step = 0; step < o.ns_steps; ++step) {
    product({x.data(), m, n, n}, transposed(x).data(), m, nullptr, gram.data());
    for (Real& value : gram) value = bfloat16(value);
    product({gram.data(), m, m, m}, gram.data(), m, nullptr, update.data());
    for (Real& value : update) value *= c;
    add_scaled(b, gram, update);
    Array next({m, n});
    product({update.data(), m, m, m}, x.data(), n, nullptr, next.data());
    add_scaled(a, x, next);
    x = next;
  }
  return x;
}

// The gradient after momentum, orthogonalized: in memory like the parameter, [rows, columns].
Array direction(const Array& gradient, Array& buffer, double momentum, const MuonOptions& o) {
  Array x(gradient.memory_shape());
  const Real* g = gradient.data();
  const Real fresh = real(1 - momentum), kept = real(momentum);
  for (std::size_t i = 0; i < x.size(); ++i) {
    Real& mean = buffer.data()[i];
    mean = lerp(mean, g[i], fresh);
    x.data()[i] = o.nesterov ? lerp(g[i], mean, kept) : mean;
  }
  const bool tall = x.shape()[0] > x.shape()[1];
  x = orthogonalized(tall ? transposed(x) : x, o);
  return tall ? transposed(x) : x;
}

double adjustment(const Shape& shape, const std::string& adjust_lr_fn) {
  const double rows = static_cast<double>(shape[0]), columns = static_cast<double>(shape[1]);
  return adjust_lr_fn == "original" ? std::sqrt(std::max(1.0, rows / columns))
                                    : 0.2 * std::sqrt(std::max(rows, columns));
}

}  // namespace

Muon::Muon(std::vector<Tensor> parameters, const MuonOptions& o)
    : Optimizer(parameters, o.lr, o.momentum, 1,
                [o](const Step& at, Tensor& parameter, std::vector<Array>& state) {
                  const Array x = direction(parameter.grad(), state[0], at.momentum, o);
                  const Real shrink = real(1 - at.lr * o.weight_decay);
                  const Real lr = real(at.lr * adjustment(parameter.shape(), o.adjust_lr_fn));
                  const Real* move = x.data();
                  for (Real& value : parameter.value()) value = value * shrink - lr * *move++;
                }) {
  for (const Tensor& parameter : parameters)
    if (parameter.shape().size() != 2)
      throw Error("Muon: expected matrices, got a parameter {}", to_string(parameter.shape()));
  require("Muon", "momentum", o.momentum, 0, HUGE_VAL);
  require("Muon", "weight_decay", o.weight_decay, 0, HUGE_VAL);
  require("Muon", "ns_steps", static_cast<double>(o.ns_steps), 0, 100);
  if (o.adjust_lr_fn != "original" && o.adjust_lr_fn != "match_rms_adamw")
    throw Error("Muon: adjust_lr_fn must be original or match_rms_adamw, not \"{}\"",
                o.adjust_lr_fn);
}

}  // namespace fanin::FANIN_PRECISION
