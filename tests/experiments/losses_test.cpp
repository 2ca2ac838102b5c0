#include "experiments/task/optimisation.hpp"

#include <cmath>
#include <limits>

#include "experiments/look/signals.hpp"
#include "framework/core/error.hpp"
#include "framework/nn/text.hpp"
#include "framework/ops/activation.hpp"
#include "tests/support/arrays.hpp"
#include "tests/support/catch.hpp"

namespace fanin {
namespace {

double value(const char* loss, const Array& logits, const Labels& labels) {
  return find_loss(loss).of(Tensor(logits), labels).item();
}

TEST_CASE("losses: are summed over the classes and averaged over the batch") {
  const Array zeros = Array::full({4, 10}, 0), one({1, 3}, {1, -2, 0.5});
  const Labels labels{3, 0, 9, 3};
  CHECK(value("cross_entropy", zeros, labels) == Approx(std::log(10.0)));
  CHECK(value("binary_cross_entropy", zeros, labels) == Approx(10 * std::log(2.0)));
  CHECK(value("mse", zeros, labels) == Approx(0.5));
  CHECK(value("mse", one, {0}) == Approx((0 + 4 + 0.25) / 2));
  const auto log1p_exp = [](double x) { return std::log1p(std::exp(x)); };
  CHECK(value("binary_cross_entropy", one, {2}) ==
        Approx(log1p_exp(1) + log1p_exp(-2) + log1p_exp(-0.5)));
  CHECK(value("l1", one, {0}) == Approx(0 + 2 + 0.5));
  CHECK(value("smooth_l1", one, {0}) == Approx(0 + 1.5 + 0.125));
  CHECK(value("nll", one, {1}) == Approx(2));
  CHECK_THROWS_AS(value("mse", zeros, {3, 0, 10, 3}), Error);
  CHECK_THROWS_AS(value("mse", zeros, {3}), Error);
  CHECK_THROWS_AS(find_loss("mae"), Error);
}

TEST_CASE("losses: nll refuses outputs that are no logarithms of probabilities") {
  const Loss& nll = find_loss("nll");
  const Array zeros = Array::full({2, 10}, 0);
  CHECK_THROWS_WITH(check_outputs(nll, zeros),
                    ContainsSubstring("outputs add up to 10; end the model with LogSoftmax"));
  check_outputs(nll, log_softmax(Tensor(zeros), 1).value());
  check_outputs(nll, Array::full({2, 10}, std::numeric_limits<Real>::quiet_NaN()));
  check_outputs(find_loss("cross_entropy"), zeros);
}

TEST_CASE("losses: diagnostics use the gradient of the chosen loss") {
  std::mt19937 random(1);
  const Array x = random_array(random, {6, 5});
  const Labels labels{0, 1, 2, 3, 4, 0};
  const auto net = parse_model("Sequential(Linear(5, 10))");
  for (const Loss& loss : loss_table()) {
    Tensor logits((*net)(Tensor(x)).value(), true);
    Tensor(loss.of(logits, labels)).backward();
    const auto signals = measure_signals(*net, x, labels, loss);
    INFO(loss.name);
    CHECK(signals[0].gradient_std == Approx(Spread(logits.grad()).std));
  }
}

}  // namespace
}  // namespace fanin
