#include "framework/ops/loss.hpp"

#include <fmt/format.h>

#include <cmath>

#include "framework/core/elementwise.hpp"
#include "framework/core/error.hpp"
#include "framework/core/kernels/kernels.hpp"

namespace fanin::inline FANIN_PRECISION {
namespace {

void check_labels(const char* function, const Shape& logits, const Labels& labels) {
  if (logits.size() != 2 || logits[0] != labels.size() || labels.empty())
    throw Error(fmt::format("{}: logits {} do not fit {} labels; expected [N, K] and N", function,
                            to_string(logits), labels.size()));
  for (std::int64_t label : labels)
    if (label < 0 || label >= static_cast<std::int64_t>(logits[1]))
      throw Error(
          fmt::format("{}: label {} is out of range for {} classes", function, label, logits[1]));
}

}  // namespace

Tensor cross_entropy(const Tensor& logits, const Labels& labels) {
  check_labels("cross_entropy", logits.shape(), labels);
  const std::size_t n = logits.shape()[0], classes = logits.shape()[1];
  Array losses({n}), gradient({n, classes}, 0);
  kernels().cross_entropy(classes, n, logits.value().batch_last().data(), labels.data(),
                          losses.data(), gradient.data());
  double total = 0;  // in double: the mean of many losses is quoted to many digits
  for (Real loss : losses) total += loss;
  return Tensor::from_op(
      Array::scalar(static_cast<Real>(total / static_cast<double>(n))),
      {{logits, [gradient](const Array& g, const Array&) { return scale(gradient, g.item()); }}});
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

}  // namespace fanin::inline FANIN_PRECISION
