#include <cmath>

#include "framework/core/error.hpp"
#include "framework/core/xtensor.hpp"
#include "framework/nn/activation.hpp"
#include "framework/nn/layers.hpp"
#include "framework/nn/rnn.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/conv.hpp"
#include "framework/ops/loss.hpp"
#include "framework/ops/norm.hpp"
#include "framework/ops/shape.hpp"
#include "framework/ops/window.hpp"
#include "tests/support/arrays.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/outcome.hpp"

// Values and errors of the ops. gradient_test.cpp tests their gradients, and parity_test.cpp
// compares the values of layers with PyTorch's.
namespace fanin {
namespace {

Tensor random_tensor(std::mt19937& random, const Shape& shape, std::size_t lane) {
  return Tensor(random_array(random, shape, lane, 0.5, 2));
}

Tensor vector(const std::vector<Real>& values) { return Tensor(Array({values.size()}, values)); }

// Maps an index of the result to an index of an operand with this shape, by broadcasting.
Index source(const Index& index, const Shape& shape) {
  Index result(index.end() - static_cast<std::ptrdiff_t>(shape.size()), index.end());
  for (std::size_t i = 0; i < shape.size(); ++i)
    if (shape[i] == 1) result[i] = 0;
  return result;
}

TEST_CASE("ops: arithmetic broadcasts as NumPy does, in every pair of layouts") {
  std::mt19937 random(1);
  const std::vector<std::pair<Shape, Shape>> pairs{
      {{5, 3}, {5, 3}}, {{5, 3}, {3}},       {{5, 1}, {1, 3}},           {{}, {5, 3}},
      {{5, 3}, {}},     {{4, 2, 3}, {2, 1}}, {{17, 2, 3, 3}, {2, 1, 1}}, {{1}, {4, 1, 2}}};
  for (const auto& [a, b] : pairs)
    for (std::size_t i = 0; i < std::max<std::size_t>(a.size(), 1); ++i)
      for (std::size_t j = 0; j < std::max<std::size_t>(b.size(), 1); ++j) {
        const Tensor x = random_tensor(random, a, i), y = random_tensor(random, b, j);
        const Shape shape = broadcast_shape("test", a, b);
        const auto check = [&, a = a, b = b](const Tensor& got, auto f) {
          CHECK(same_bits(got.value(), tabulate(shape, [&](const Index& index) {
                            return f(element(x.value(), source(index, a)),
                                     element(y.value(), source(index, b)));
                          })));
        };
        check(x + y, [](Real u, Real v) { return u + v; });
        check(x - y, [](Real u, Real v) { return u - v; });
        check(x * y, [](Real u, Real v) { return u * v; });
        check(x / y, [](Real u, Real v) { return u / v; });
      }
}

TEST_CASE("ops: errors about shapes name the function and both shapes") {
  const auto t = [](const Shape& shape) { return zeros(shape); };
  CHECK_THROWS_WITH(t({5, 3}) + t({5}), "add: shapes [5, 3] and [5] do not broadcast");
  CHECK_THROWS_WITH(t({5, 3}) - t({5}), "subtract: shapes [5, 3] and [5] do not broadcast");
  CHECK_THROWS_WITH(t({5, 3}) * t({5}), "multiply: shapes [5, 3] and [5] do not broadcast");
  CHECK_THROWS_WITH(t({5, 3}) / t({2, 3}), "divide: shapes [5, 3] and [2, 3] do not broadcast");
  CHECK_THROWS_WITH(matmul(t({5, 3}), t({4, 3})),
                    "matmul: [5, 3] does not multiply [4, 3]; expected [..., M, K] and [K, N]");
  CHECK_THROWS_AS(matmul(t({3}), t({3, 2})), Error);
  CHECK_THROWS_AS(matmul(t({2, 3}), t({2, 3, 4})), Error);
  CHECK_THROWS_WITH(linear(t({64, 784}), t({10, 800})),
                    "linear: input [64, 784] does not fit weight [10, 800]");
  CHECK_THROWS_WITH(linear(t({64, 784}), t({10, 784}), t({9})),
                    "linear: bias [9] does not fit weight [10, 784]");
  CHECK_THROWS_AS(linear(t({}), t({10, 1})), Error);
  CHECK_THROWS_WITH(conv2d(t({1, 3, 8, 8}), t({4, 2, 3, 3})),
                    "conv2d: input [1, 3, 8, 8] does not fit weight [4, 2, 3, 3] with 1 group(s)");
  CHECK_THROWS_WITH(conv2d(t({1, 8}), t({4, 3, 3, 3})),
                    "conv2d: expected input [N, C, H, W], got [1, 8]");
  CHECK_THROWS_WITH(
      conv2d(t({1, 3, 2, 8}), t({4, 3, 3, 3})),
      "conv2d: a kernel of [3, 3], dilation [1], does not fit into input [1, 3, 2, 8] with "
      "padding [0]");
  CHECK_THROWS_AS(conv2d(t({1, 3, 8, 8}), t({4, 3, 3, 3}), t({3})), Error);
  CHECK_THROWS_AS(conv2d(t({1, 3, 8, 8}), t({4, 3, 3, 3}), {}, {0, 1}), Error);
  CHECK_THROWS_AS(conv2d(t({1, 3, 8, 8}), t({4, 3, 3, 3}), {}, {1, 1}, {0, 0}, {1, 1}, 0), Error);
  CHECK_THROWS_WITH(max_pool2d(t({1, 1, 4, 4}), {2, 2}, {2, 2}, {2, 0}),
                    "max_pool2d: padding 2 is more than half of kernel 2");
  CHECK_NOTHROW(pad(t({1, 2, 5}), {5, 5}, "circular"));
  CHECK_THROWS_WITH(pad(t({1, 2, 5}), {0, 6}, "circular"),
                    "pad: Padding value causes wrapping around more than once.");
  CHECK_THROWS_WITH(pad(t({1, 2, 5}), {5, 0}, "reflect"),
                    "pad: Padding size should be less than the corresponding input dimension, but "
                    "got: padding (5, 0) of an extent of 5");
  CHECK_THROWS_WITH(pad(t({1, 2, 5}), {1, 1}, "wrap"),
                    "pad: mode must be constant, circular, reflect or replicate, not 'wrap'");
  CHECK_THROWS_WITH(pad(t({1, 2, 5}), {1, 1, 1}, "circular"),
                    "pad: padding takes 2, 4 or 6 numbers, got (1, 1, 1)");
  CHECK_THROWS_WITH(pad(t({5}), {1, 1}, "circular"), "pad: expected input [N, C, L], got [5]");
  CHECK_THROWS_WITH(pad(t({1, 2, 0}), {0, 0}, "replicate"), "pad: input [1, 2, 0] is empty");
  CHECK_THROWS_AS(max_pool2d(t({1, 1, 1, 4}), {2, 2}, {2, 2}), Error);
  CHECK_THROWS_WITH(reshape(t({2, 3}), {4, -1}), "reshape: [2, 3] cannot become [4, -1]");
  CHECK_THROWS_AS(reshape(t({2, 3}), {-1, -1}), Error);
  CHECK_THROWS_AS(reshape(t({2, 3}), {-2, 3}), Error);
  CHECK_THROWS_AS(reshape(t({0, 3}), {0, -1}), Error);
  CHECK_THROWS_AS(flatten(t({2, 3}), 1, 0), Error);
  CHECK_THROWS_WITH(transpose(t({2, 3}), 0, 2), "transpose: axis 2 is out of range for 2 axes");
  CHECK_THROWS_AS(select(t({2, 3}), 0, 2), Error);
  CHECK_THROWS_AS(select(t({2, 3}), 0, -3), Error);
  CHECK_THROWS_WITH(concat({t({2, 3}), t({2, 4})}, 0),
                    "concat: [2, 3] and [2, 4] differ outside axis 0");
  CHECK_THROWS_AS(concat({t({2, 3}), t({2})}, 0), Error);
  CHECK_THROWS_AS(concat({}, 0), Error);
  CHECK_THROWS_WITH(sum(t({2, 3}), {0, -2}), "sum: an axis is named twice");
  CHECK_THROWS_AS(mean(t({2, 3}), {2}), Error);
  CHECK_THROWS_AS(cross_entropy(t({2, 3}), {0}), Error);
  CHECK_THROWS_AS(cross_entropy(t({2, 3}), {0, 3}), Error);
  CHECK_THROWS_AS(cross_entropy(t({2, 3}), {0, -1}), Error);
  CHECK_THROWS_AS(cross_entropy(t({6}), {0}), Error);
  CHECK_THROWS_AS(embedding(vector({3}).value(), t({3, 2})), Error);
  CHECK_THROWS_AS(embedding(vector({0.5}).value(), t({3, 2})), Error);
  CHECK_THROWS_AS(embedding(vector({-1}).value(), t({3, 2})), Error);
  CHECK_THROWS_AS(embedding(vector({NAN}).value(), t({3, 2})), Error);
  CHECK_THROWS_AS(batch_norm(t({1, 3}), {}, {}, {}, {}, true, 0.1, 1e-5), Error);
  CHECK_THROWS_WITH(RNN(3, 4)(t({0, 2, 3})),
                    "RNN: expected a sequence of at least one step, got [0, 2, 3]");
  CHECK_THROWS_AS(batch_norm(t({4, 3}), t({2}), {}, {}, {}, true, 0.1, 1e-5), Error);
  CHECK_THROWS_AS(arange(1, 0), Error);
  CHECK_THROWS_AS(arange(0, 1, 0), Error);
  CHECK_THROWS_AS(LSTM(3, 4).forward(t({5, 2, 4})), Error);
  CHECK_THROWS_AS(LSTM(3, 4).run(t({5, 2, 3}), t({2, 2, 4})), Error);
  CHECK_THROWS_AS(LSTM(3, 0), Error);
}

TEST_CASE("ops: batch_norm without eps gives 0 for a constant channel, as in PyTorch") {
  const Array moments = Array::full({3}, 0);
  const Tensor x(Array::full({4, 3}, 2), true);
  Tensor y = batch_norm(x, {}, {}, {}, {}, true, 0.1, 0);
  y.backward(Array::full({4, 3}, 1));
  CHECK(y.value().to_vector() == std::vector<Real>(12, 0));
  CHECK(x.grad().to_vector() == std::vector<Real>(12, 0));
  const Array evaluated = batch_norm(x, {}, {}, moments, moments, false, 0.1, 0).value();
  CHECK(std::isinf(evaluated.at({0, 0})));  // PyTorch divides by 0 here
}

TEST_CASE("ops: bad input that could overrun memory is refused") {
  const auto refused = [](auto f) { return outcome(f) == Outcome::threw; };
  const auto norm = [](std::size_t statistics, bool batch) {
    const Array mean = statistics == 0 ? Array() : Array::full({statistics}, 0);
    return [=] { batch_norm(zeros({4, 3}), {}, {}, mean, mean, batch, 0.1, 1e-5); };
  };
  CHECK(refused(norm(0, false)));
  CHECK(refused(norm(2, false)));
  CHECK(refused(norm(2, true)));
  // The number of elements or bytes exceeds 2^64.
  const std::size_t huge = std::size_t{1} << 32;
  CHECK(refused([=] { zeros({huge, huge}); }));
  CHECK(refused([=] { zeros({huge, huge / 4}); }));
  CHECK(refused([=] { Linear(huge / 2, huge / 2); }));
  CHECK(refused([] { arange(Real(1e30)); }));
}

TEST_CASE("ops: the layout of weights does not change results") {
  std::mt19937 random(2);
  const Tensor x = random_tensor(random, {5, 7}, 1), w = random_tensor(random, {7, 3}, 1);
  const Tensor plain(transpose(w, 0, 1).value().row_major());
  CHECK(gap(linear(x, transpose(w, 0, 1)).value(), matmul(x, w).value()) < 1e-6);
  CHECK(same_bits(linear(x, transpose(w, 0, 1)).value(), linear(x, plain).value()));
  const Tensor images = random_tensor(random, {2, 2, 4, 4}, 0);
  const Tensor kernel = random_tensor(random, {3, 2, 3, 3}, 3);
  CHECK(same_bits(conv2d(images, Tensor(kernel.value().batch_last())).value(),
                  conv2d(images, kernel).value()));
  const Tensor table = random_tensor(random, {4, 3}, 1);
  const Array indices({2}, std::vector<Real>{3, 1});
  CHECK(same_bits(embedding(indices, Tensor(table.value().batch_last())).value(),
                  embedding(indices, table).value()));
}

TEST_CASE("ops: matmul is a sum of products") {
  std::mt19937 random(3);
  for (int round = 0; round < 40; ++round) {
    const std::size_t m = pick(random, 1, 20), k = pick(random, 1, 20), n = pick(random, 1, 20);
    const Tensor a = random_tensor(random, {m, k}, random() % 2);
    const Tensor b = random_tensor(random, {k, n}, random() % 2);
    CHECK(gap(matmul(a, b).value(), tabulate({m, n}, [&](const Index& i) {
                double total = 0;
                for (std::size_t l = 0; l < k; ++l)
                  total += double(element(a.value(), {i[0], l})) * element(b.value(), {l, i[1]});
                return total;
              })) < 1e-6);
  }
  CHECK(matmul(zeros({2, 0}), zeros({0, 3})).value().to_vector() == std::vector<Real>(6, 0));
  CHECK(matmul(zeros({0, 2}), zeros({2, 3})).shape() == Shape{0, 3});
}

TEST_CASE("ops: slices count as Python's do") {
  const Tensor x = arange(5);
  const auto part = [&](std::int64_t start, std::int64_t stop) {
    return slice(x, 0, start, stop).value().to_vector();
  };
  using Numbers = std::vector<Real>;
  CHECK(part(1, 3) == Numbers{1, 2});
  CHECK(part(-2, 5) == Numbers{3, 4});
  CHECK(part(0, -1) == Numbers{0, 1, 2, 3});
  CHECK(part(-100, 100) == Numbers{0, 1, 2, 3, 4});
  CHECK(part(3, 1).empty());
  CHECK(part(7, 9).empty());
  CHECK(select(x, 0, -1).item() == 4);
  CHECK(select(x, -1, 0).shape() == Shape{});
}

TEST_CASE("ops: sums, means and shapes in every layout") {
  std::mt19937 random(4);
  for (std::size_t lane : {0, 1, 2, 3}) {
    const Tensor x = random_tensor(random, {4, 3, 5, 2}, lane);
    const Array wide = tabulate({3, 2}, [&](const Index& i) {
      double total = 0;
      for (std::size_t a = 0; a < 4; ++a)
        for (std::size_t c = 0; c < 5; ++c) total += element(x.value(), {a, i[0], c, i[1]});
      return total;
    });
    CHECK(gap(sum(x, {0, 2}).value(), wide) < 1e-6);
    CHECK(gap(sum(x, {2, 0}, true).value(), wide.reshape({1, 3, 1, 2})) < 1e-6);
    CHECK(gap((mean(x, {0, -2}) * 20).value(), wide) < 1e-6);
    CHECK(mean(x).item() == Approx(sum(x).item() / 120));
    CHECK(same_bits(flatten(x, 1, 2).value(), x.value().row_major().reshape({4, 15, 2})));
    CHECK(same_bits(view(x, {-1, 6}).value(), x.value().row_major().reshape({20, 6})));
    CHECK(same_bits(transpose(x, 1, -1).value(), tabulate({4, 2, 5, 3}, [&](const Index& i) {
                      return element(x.value(), {i[0], i[3], i[2], i[1]});
                    })));
  }
  CHECK(sum(zeros({0, 3}), {0}).value().to_vector() == std::vector<Real>{0, 0, 0});
}

TEST_CASE("ops: cross entropy of large logits does not suffer from cancellation") {
  // For such logits, PyTorch subtracts the largest logit first (pytorch/pytorch#11752).
  for (Real size : {Real(0), Real(1e3), Real(1e4), Real(1e6)}) {
    const Tensor logits(Array::full({1, 2}, size));
    CHECK(cross_entropy(logits, {1}).item() == Approx(std::log(2.0)).epsilon(1e-6));
  }
  const Tensor far(Array({2, 2}, std::vector<Real>{-HUGE_VALF, 0, 200, 0}));
  CHECK(cross_entropy(far, {1, 1}).item() == 100);
  const Tensor unknown(Array({1, 2}, std::vector<Real>{1, NAN}));
  CHECK(std::isnan(cross_entropy(unknown, {0}).item()));
}

TEST_CASE("ops: correct answers are counted, and NaN is the largest logit") {
  const Array logits({4, 3}, std::vector<Real>{1, 2, 3, 3, 3, 1, NAN, 5, 1, 0, NAN, NAN});
  CHECK(count_correct(logits, {2, 0, 0, 1}) == 4);  // the first of equal logits wins
  CHECK(count_correct(logits.batch_last(), {2, 1, 1, 2}) == 1);
}

TEST_CASE("ops: a pooling window with only padding gives minus infinity and no gradient") {
  Tensor x(Array::full({1, 1, 3, 3}, 7), true);
  Tensor y = max_pool2d(x, {2, 2}, {1, 1}, {1, 1}, {4, 4});  // the window reads positions -1 and 3
  CHECK(y.shape() == Shape{1, 1, 1, 1});
  CHECK(y.item() == -HUGE_VAL);
  sum(y).backward();
  CHECK(x.grad().to_vector() == std::vector<Real>(9, 0));
}

TEST_CASE("ops: pooling has as many windows as in PyTorch") {
  struct Case {
    std::size_t in, kernel, stride, padding, dilation, floor, ceil;
  };
  // From torch.nn.functional.max_pool2d. With ceil_mode, no window starts after input and padding.
  for (const Case& c :
       {Case{5, 2, 2, 0, 1, 2, 3}, Case{2, 3, 3, 1, 1, 1, 1}, Case{6, 3, 2, 1, 1, 3, 4},
        Case{7, 3, 2, 1, 1, 4, 4}, Case{4, 2, 3, 1, 1, 2, 2}, Case{5, 2, 3, 0, 2, 1, 2},
        Case{1, 2, 2, 1, 1, 1, 1}, Case{8, 3, 3, 1, 2, 2, 3}, Case{3, 2, 2, 1, 1, 2, 2},
        Case{6, 4, 4, 1, 1, 2, 2}, Case{2, 2, 2, 0, 2, 0, 1}, Case{1, 3, 3, 1, 2, 0, 1}}) {
    const Tensor x = ones({1, 1, c.in, c.in});
    for (bool ceil : {false, true}) {
      if (!ceil && c.floor == 0) continue;  // this is refused, and another test checks it
      const Tensor y = max_pool2d(x, {c.kernel, c.kernel}, {c.stride, c.stride},
                                  {c.padding, c.padding}, {c.dilation, c.dilation}, ceil);
      INFO(c.in << " by " << c.kernel << ", stride " << c.stride << ", padding " << c.padding);
      CHECK(y.dim(-1) == (ceil ? c.ceil : c.floor));
      CHECK(y.dim(-2) == y.dim(-1));
    }
  }
}

TEST_CASE("ops: copy_ fills a tensor's memory in place, in any layouts, and checks the shape") {
  const Array values({2, 3}, {1, 2, 3, 4, 5, 6});
  for (std::size_t lane : {0, 1}) {
    const Tensor weight(Array({2, 3}, lane), true);
    const Real* memory = weight.value().data();
    weight.copy_(values);
    CHECK(weight.value().to_vector() == values.to_vector());
    CHECK(weight.value().data() == memory);
    CHECK(weight.requires_grad());
  }
  CHECK_THROWS_WITH(Tensor(Array({2, 3})).copy_(Array({3, 2})),
                    "copy_: a tensor of shape [2, 3] cannot take [3, 2]");
  CHECK_THROWS_AS(Tensor().copy_(values), Error);
}

TEST_CASE("ops: functions that create tensors") {
  CHECK(zeros({2, 2}).value().to_vector() == std::vector<Real>(4, 0));
  CHECK(ones({3}).value().to_vector() == std::vector<Real>(3, 1));
  CHECK(full({}, 2).item() == 2);
  CHECK(empty({2, 3}).shape() == Shape{2, 3});
  CHECK(arange(3).value().to_vector() == std::vector<Real>{0, 1, 2});
  CHECK(arange(1, 2, 0.25).value().to_vector() == std::vector<Real>{1, 1.25, 1.5, 1.75});
  CHECK(arange(3, 0, -1).value().to_vector() == std::vector<Real>{3, 2, 1});
  CHECK(arange(0).size() == 0);
  Generator a(1), b(1);
  Array want({20});
  b.uniform(want, 0, 1);
  CHECK(same_bits(rand({20}, a).value(), want));
  b.normal(want, 0, 1);
  CHECK(same_bits(randn({20}, a).value(), want));
  CHECK(to_string(full({2}, 1.5)) == "tensor([1.5000, 1.5000])");
  CHECK(zeros({4, 5}).dim(-1) == 5);
}

TEST_CASE("ops: slopes at the kinks of clamped activations are PyTorch's") {
  const auto slopes = [](const auto& op, const Array& at) {
    const Tensor x(at, true);
    sum(op(x)).backward();
    return x.grad();
  };
  const auto same = [](const Array& got, const Array& want) { return gap(got, want) == 0; };
  CHECK(same(slopes(hardswish, Array({4}, {-3, 3, 0, 4})), Array({4}, {0, 1, 0.5, 1})));
  CHECK(same(slopes([](const Tensor& x) { return hardtanh(x); }, Array({4}, {-1, 1, 0, 2})),
             Array({4}, {0, 0, 1, 0})));
  CHECK(same(slopes([](const Tensor& x) { return ReLU6()(x); }, Array({4}, {0, 6, 3, 7})),
             Array({4}, {0, 0, 1, 0})));
  CHECK_THROWS_AS(Hardtanh(1, 1), Error);
}

}  // namespace
}  // namespace fanin
