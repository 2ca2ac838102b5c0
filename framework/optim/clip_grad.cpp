#include "framework/optim/clip_grad.hpp"

#include <cmath>

#include "framework/core/elementwise.hpp"
#include "framework/core/error.hpp"
#include "framework/core/kernels/kernels.hpp"

namespace fanin::FANIN_PRECISION {
namespace {

void require_not_negative(const char* function, const char* name, double value) {
  if (!(value >= 0)) throw Error("{}: {} must not be negative, got {}", function, name, value);
}

// Replaces each gradient by change(gradient). It never writes into one, because parameters that are
// added share theirs.
template <class Change>
void change_gradients(const std::vector<Tensor>& parameters, const Change& change) {
  for (Tensor parameter : parameters)
    if (parameter.grad().defined()) parameter.grad() = change(parameter.grad());
}

// Sums in several lanes, which the compiler adds up side by side.
double sum_of_squares(const Array& x) {
  constexpr std::size_t lanes = 8;
  double sums[lanes] = {};
  const Real* numbers = x.data();
  std::size_t i = 0;
  for (; i + lanes <= x.size(); i += lanes)
    for (std::size_t k = 0; k < lanes; ++k) {
      const double number = numbers[i + k];
      sums[k] += number * number;
    }
  for (; i < x.size(); ++i) sums[0] += static_cast<double>(numbers[i]) * numbers[i];
  double total = 0;
  for (const double sum : sums) total += sum;
  return total;
}

}  // namespace

double clip_grad_norm_(const std::vector<Tensor>& parameters, double max_norm) {
  require_not_negative("clip_grad_norm_", "max_norm", max_norm);
  double squares = 0;
  for (const Tensor& parameter : parameters)
    if (parameter.grad().defined()) squares += sum_of_squares(parameter.grad());
  const Real norm = static_cast<Real>(std::sqrt(squares));
  const Real factor = static_cast<Real>(max_norm) / (norm + Real(1e-6));
  if (!(factor >= 1))
    change_gradients(parameters, [factor](const Array& g) { return scale(g, factor); });
  return norm;
}

void clip_grad_value_(const std::vector<Tensor>& parameters, double clip_value) {
  require_not_negative("clip_grad_value_", "clip_value", clip_value);
  const Real most = static_cast<Real>(clip_value), bounds[] = {-most, most};
  change_gradients(parameters, [&bounds](const Array& g) {
    Array clipped(g.shape(), g.lane_axis());
    kernels().hardtanh.forward(g.size(), bounds, g.data(), clipped.data());
    return clipped;
  });
}

}  // namespace fanin::FANIN_PRECISION
