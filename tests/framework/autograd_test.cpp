#include "framework/core/error.hpp"
#include "framework/core/xtensor.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/recurrent.hpp"
#include "framework/ops/shape.hpp"
#include "tests/support/arrays.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/outcome.hpp"

namespace fanin {
namespace {

Tensor leaf(const std::vector<Real>& values) {
  return Tensor(Array({values.size()}, values), true);
}

std::vector<Real> gradient(const Tensor& x) { return x.grad().to_vector(); }

TEST_CASE("autograd: a tensor used twice collects both gradients") {
  Tensor x = leaf({2, 3});
  Tensor y = sum(x * x + x);
  y.backward();
  CHECK(gradient(x) == std::vector<Real>{5, 7});
}

TEST_CASE("autograd: a shared subexpression is visited once, with the sum of its gradients") {
  Tensor x = leaf({2, 3});
  const Tensor a = x * 2;
  const Tensor b = a + 1, c = a * a;
  int passes = 0;
  const Tensor counted = Tensor::from_op(a.value(), {a}, [&](const Backward& step) {
    ++passes;
    return std::vector<Array>{step.grad};
  });
  Tensor y = sum(b * c + counted + counted);  // (2x + 1) 4x^2 + 4x
  y.backward();
  CHECK(gradient(x) == std::vector<Real>{24 * 4 + 8 * 2 + 4, 24 * 9 + 8 * 3 + 4});
  CHECK(passes == 1);
}

TEST_CASE("autograd: gradients accumulate over backward passes until they are reset") {
  Tensor x = leaf({1, 2});
  for (int i = 0; i < 2; ++i) sum(x * 3).backward();
  CHECK(gradient(x) == std::vector<Real>{6, 6});
  x.zero_grad();
  CHECK_FALSE(x.grad().defined());
  sum(x * 3).backward();
  CHECK(gradient(x) == std::vector<Real>{3, 3});
}

TEST_CASE("autograd: only leaves that require a gradient keep one") {
  Tensor x = leaf({1, 2});
  const Tensor fixed(Array({2}, std::vector<Real>{5, 7}));
  const Tensor product = x * fixed;
  sum(product).backward();
  CHECK(gradient(x) == std::vector<Real>{5, 7});
  CHECK_FALSE(product.grad().defined());
  CHECK_FALSE(fixed.grad().defined());
  CHECK_FALSE((fixed * fixed).requires_grad());
}

TEST_CASE("autograd: a tensor that is not a leaf keeps its gradient on request") {
  const Tensor x = leaf({1, 2});
  Tensor y = x * x, z = y * y;
  y.retain_grad();
  sum(z).backward();
  CHECK(gradient(y) == std::vector<Real>{2, 8});  // 2 x^2
  CHECK(gradient(x) == std::vector<Real>{4, 32});
  CHECK(!z.grad().defined());
}

TEST_CASE("autograd: backward rules are not called for inputs that need no gradient") {
  const Tensor x = leaf({1}), fixed(Array::full({1}, 1));
  bool called = false;
  Tensor y = Tensor::from_op(x.value(), {{x, [](const Array& g, const Array&) { return g; }},
                                         {fixed, [&](const Array& g, const Array&) {
                                            called = true;
                                            return g;
                                          }}});
  y.backward();
  CHECK_FALSE(called);
}

TEST_CASE("autograd: gradients of a broadcast are summed, for any rank") {
  Tensor row = leaf({1, 2, 3}), scalar(Array::scalar(2), true);
  const Tensor table(Array::full({4, 3}, 1));
  sum(table * row * scalar).backward();
  CHECK(gradient(row) == std::vector<Real>{8, 8, 8});
  CHECK(scalar.grad().item() == 4 * (1 + 2 + 3));
  CHECK(scalar.grad().shape() == Shape{});
}

TEST_CASE("autograd: nothing is recorded under NoGrad, which nests") {
  const Tensor x = leaf({1, 2});
  CHECK_FALSE(NoGrad::active());
  {
    const NoGrad outer;
    {
      const NoGrad inner;
      CHECK_FALSE((x * 2).requires_grad());
    }
    CHECK(NoGrad::active());
    CHECK_FALSE((x + x).requires_grad());
  }
  CHECK_FALSE(NoGrad::active());
  CHECK((x * 2).requires_grad());
}

TEST_CASE("autograd: a detached tensor shares its memory and has no history") {
  Tensor x = leaf({1, 2});
  const Tensor part = (x * 2).detach();
  CHECK_FALSE(part.requires_grad());
  CHECK(x.detach().value().data() == x.value().data());
  sum(x * part).backward();
  CHECK(gradient(x) == std::vector<Real>{2, 4});
}

TEST_CASE("autograd: backward says what it cannot do") {
  Tensor x = leaf({1, 2});
  CHECK_THROWS_WITH((x * 2).backward(),
                    "backward: a tensor of shape [2] needs the gradient of its outputs");
  CHECK_THROWS_WITH(Tensor(Array::scalar(1)).backward(),
                    "backward: nothing that this tensor was made from requires a gradient");
  CHECK_THROWS_WITH((x * 2).backward(Array::full({3}, 1)),
                    "backward: gradient [3] does not fit a tensor of shape [2]");
  CHECK_THROWS_AS(Tensor().backward(), Error);
  CHECK_THROWS_AS(Tensor() + x, Error);
  CHECK_THROWS_AS(x.dim(1), Error);
}

TEST_CASE("autograd: backward accepts a gradient in any layout and does not change it") {
  std::mt19937 random(1);
  Tensor x(random_array(random, {3, 4}, 0), true);
  const Array u = random_array(random, {3, 4}, 1);
  (x * 2).backward(u);
  CHECK(same_bits(x.grad(), Array(memory_view(u) * 2)));
  Tensor(x).backward(u);  // a leaf keeps the given gradient
  CHECK(gap(x.grad(), Array(memory_view(u) * 3)) < 1e-15);
}

TEST_CASE("autograd: leaves do not share a gradient's memory") {
  // Gradient clipping scales every gradient in place, and must scale each of them once.
  Tensor a = leaf({1, 2}), b = leaf({3, 4});
  sum(a + b).backward();
  CHECK(a.grad().data() != b.grad().data());

  std::mt19937 random(1);
  const auto random_leaf = [&](const Shape& shape) {
    return Tensor(random_array(random, shape), true);
  };
  const Tensor b_ih = random_leaf({8}), b_hh = random_leaf({8});
  const Tensor state(Array::full({1, 2}, 0));
  sum(recurrent(Cell::lstm, random_leaf({2, 1, 3}), {state, state}, random_leaf({8, 3}),
                random_leaf({8, 2}), b_ih, b_hh)
          .output)
      .backward();
  CHECK(b_ih.grad().data() != b_hh.grad().data());
}

TEST_CASE("autograd: a second pass over a freed graph is an error") {
  Tensor x = leaf({1, 2});
  const Tensor shared = x * 2;
  Tensor first = sum(shared), second = sum(shared * shared);
  first.backward();
  CHECK_THROWS_AS(first.backward(), Error);
  CHECK_THROWS_AS(second.backward(), Error);  // without an error, x would lack a gradient
}

constexpr int long_chain = 200'000;

TEST_CASE("autograd: backward through a chain of 200,000 ops does not recurse") {
  const Outcome end = outcome([] {
    Tensor x = leaf({1});
    Tensor y = x;
    for (int i = 0; i < long_chain; ++i) y = y + 1;
    y.backward();
    if (x.grad().item() != 1) throw Error("wrong");
  });
  CHECK(end == Outcome::returned);
}

TEST_CASE("autograd: freeing a chain of 200,000 ops does not recurse") {
  const Outcome end = outcome([] {
    const Tensor x = leaf({1});
    Tensor line = x, twisted = x, picked = leaf({1, 2});
    for (int i = 0; i < long_chain; ++i) {
      line = line * 2;
      twisted = twisted * twisted;  // each op and its rule hold the input
      picked = concat({select(picked, 0, 0) + picked, picked});
      picked = slice(picked, 0, 0, 2);
    }
  });
  CHECK(end == Outcome::returned);
}

}  // namespace
}  // namespace fanin
