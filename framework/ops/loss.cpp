#include "framework/ops/loss.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "framework/core/elementwise.hpp"
#include "framework/core/error.hpp"
#include "framework/core/kernels/kernels.hpp"
#include "framework/ops/activation.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/shape.hpp"

namespace fanin::FANIN_PRECISION {
namespace {

void check_labels(const char* function, const Shape& logits, const Labels& labels,
                  std::optional<std::int64_t> ignored = {}) {
  if (logits.size() != 2 || logits[0] != labels.size() || labels.empty())
    throw Error("{}: logits {} do not fit {} labels; expected [N, K] and N", function,
                to_string(logits), labels.size());
  for (std::int64_t label : labels)
    if (label != ignored && (label < 0 || label >= static_cast<std::int64_t>(logits[1])))
      throw Error("{}: label {} is out of range for {} classes", function, label, logits[1]);
}

// [N, K, ...] as [N ..., K].
Tensor by_sample(const Tensor& x) {
  if (x.shape().size() < 3) return x;
  const auto classes = static_cast<std::int64_t>(x.shape()[1]);
  return reshape(transpose(flatten(x, 2), 1, 2), {-1, classes});
}

// The mean of the losses that are not ignored. compute(share, losses, gradient) writes the losses
// and the gradient of their sum weighted by each sample's share.
template <class Compute>
Tensor mean_loss(const Tensor& logits, const Labels& labels, std::int64_t ignored,
                 const Compute& compute) {
  const std::size_t n = labels.size();
  const auto counted = std::ssize(labels) - std::count(labels.begin(), labels.end(), ignored);
  Array share({n}), losses({n}), gradient(logits.shape(), 0);  // gradient: memory [K][N]
  for (std::size_t i = 0; i < n; ++i)
    share.data()[i] = labels[i] == ignored ? 0 : Real(1) / static_cast<Real>(counted);
  compute(share.data(), losses.data(), gradient);
  double total = 0;  // the mean is shown to many digits
  for (const Real loss : losses) total += loss;
  return Tensor::from_op(
      Array::scalar(static_cast<Real>(total / static_cast<double>(counted))), logits,
      [gradient](const Array& g, const Array&) { return scale(gradient, g.item()); });
}

void check_pair(const char* function, const Tensor& x, const Tensor& target) {
  if (x.shape() != target.shape() || x.size() == 0)
    throw Error("{}: input {} does not fit target {}", function, to_string(x.shape()),
                to_string(target.shape()));
}

Tensor reduced(const Tensor& losses, Reduction reduction) {
  return reduction == Reduction::mean ? mean(losses) : sum(losses);
}

// |d| for each number; within beta of 0 it is bent to a parabola of the same slope at beta.
Tensor bent_abs(const Tensor& off, Real beta) {
  const auto each = [](const Array& x, const auto& f) {
    Array y(x.shape(), x.lane_axis());
    std::transform(x.begin(), x.end(), y.begin(), f);
    return y;
  };
  const Array losses = each(off.value(), [beta](Real d) {
    const Real size = std::abs(d);
    return size < beta ? d * d / (2 * beta) : size - beta / 2;
  });
  return Tensor::from_op(losses, off, [=, d = off.value()](const Array& g, const Array&) {
    return multiply(g, each(d, [beta](Real x) {
                      return std::abs(x) < beta ? x / beta : static_cast<Real>((x > 0) - (x < 0));
                    }));
  });
}

}  // namespace

Tensor cross_entropy(const Tensor& x, const Labels& labels, const CrossEntropyOptions& options) {
  const Tensor logits = by_sample(x);
  check_labels("cross_entropy", logits.shape(), labels, options.ignore_index);
  if (!(options.label_smoothing >= 0 && options.label_smoothing <= 1))
    throw Error("cross_entropy: label_smoothing must be between 0 and 1, got {}",
                options.label_smoothing);
  const Array columns = logits.value().batch_last();  // memory [K][N]
  return mean_loss(
      logits, labels, options.ignore_index, [&](const Real* share, Real* losses, Array& gradient) {
        kernels().cross_entropy(logits.shape()[1], labels.size(), columns.data(), labels.data(),
                                share, static_cast<Real>(options.label_smoothing), losses,
                                gradient.data());
      });
}

Tensor nll_loss(const Tensor& x, const Labels& labels, std::int64_t ignore_index) {
  const Tensor log_probabilities = by_sample(x);
  check_labels("nll_loss", log_probabilities.shape(), labels, ignore_index);
  const Array columns = log_probabilities.value().batch_last();  // memory [K][N]
  return mean_loss(log_probabilities, labels, ignore_index,
                   [&](const Real* share, Real* losses, Array& gradient) {
                     gradient.fill(0);
                     for (std::size_t i = 0, n = labels.size(); i < n; ++i) {
                       const bool ignored = labels[i] == ignore_index;
                       const std::size_t at = static_cast<std::size_t>(labels[i]) * n + i;
                       losses[i] = ignored ? 0 : -columns.data()[at];
                       if (!ignored) gradient.data()[at] = -share[i];
                     }
                   });
}

Tensor mse_loss(const Tensor& x, const Tensor& target, Reduction reduction) {
  check_pair("mse_loss", x, target);
  const Tensor off = x - target;
  return reduced(off * off, reduction);
}

Tensor l1_loss(const Tensor& x, const Tensor& target, Reduction reduction) {
  check_pair("l1_loss", x, target);
  return reduced(bent_abs(x - target, 0), reduction);
}

Tensor smooth_l1_loss(const Tensor& x, const Tensor& target, Reduction reduction, double beta) {
  check_pair("smooth_l1_loss", x, target);
  if (!(beta >= 0)) throw Error("smooth_l1_loss: beta must not be negative, got {}", beta);
  return reduced(bent_abs(x - target, static_cast<Real>(beta)), reduction);
}

// -t log(sigmoid(x)) - (1 - t) log(1 - sigmoid(x)) = log(1 + exp(x)) - t x.
Tensor binary_cross_entropy_with_logits(const Tensor& x, const Tensor& target,
                                        Reduction reduction) {
  check_pair("binary_cross_entropy_with_logits", x, target);
  // Past 40, exp(-x) is below double's rounding.
  return reduced(softplus(x, 1, 40) - target * x, reduction);
}

Tensor one_hot(const Labels& labels, std::size_t classes) {
  const Shape shape{labels.size(), classes};
  check_labels("one_hot", shape, labels);
  Array result(shape, 0);  // memory [K][N]
  result.fill(0);
  for (std::size_t i = 0; i < labels.size(); ++i)
    result.data()[static_cast<std::size_t>(labels[i]) * labels.size() + i] = 1;
  return Tensor(result);
}

std::size_t count_correct(const Array& logits, const Labels& labels) {
  check_labels("count_correct", logits.shape(), labels);
  const std::size_t n = logits.shape()[0], classes = logits.shape()[1];
  const Array columns = logits.batch_last();  // memory [K][N]
  std::size_t correct = 0;
  for (std::size_t i = 0; i < n; ++i) {
    std::size_t best = 0;
    for (std::size_t k = 1; k < classes; ++k) {
      const Real value = columns.data()[k * n + i], top = columns.data()[best * n + i];
      if (value > top || (std::isnan(value) && !std::isnan(top))) best = k;
    }
    correct += static_cast<std::int64_t>(best) == labels[i];
  }
  return correct;
}

}  // namespace fanin::FANIN_PRECISION
