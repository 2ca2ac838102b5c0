#include "init/beyond.hpp"

#include <cmath>

#include "framework/core/error.hpp"
#include "framework/nn/rnn.hpp"
#include "framework/nn/text.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/conv.hpp"
#include "framework/ops/loss.hpp"
#include "framework/optim/optimizer.hpp"
#include "init/recipe.hpp"
#include "tests/support/arrays.hpp"
#include "tests/support/catch.hpp"

// Tests what the inits beyond torch.nn.init promise.
namespace fanin {
namespace {

TEST_CASE("beyond torch.nn.init: shapes that do not fit are refused") {
  Generator g(1);
  CHECK_THROWS_WITH(init::forget_gate_bias_(Tensor(Array({6}))),
                    "forget_gate_bias_: expected a bias [4 H], got [6]");
  CHECK_THROWS_AS(init::forget_gate_bias_(Tensor(Array({4, 4}))), Error);
  CHECK_THROWS_WITH(init::orthogonal_gates_(Tensor(Array({6, 4})), 1, g),
                    "orthogonal_gates_: expected recurrent weights [gates H, H], got [6, 4]");
  CHECK_THROWS_WITH(init::lecun_trunc_normal_(Tensor(Array({6, 0})), g),
                    "lecun_trunc_normal_: a tensor of shape [6, 0] has no fan in");
  const Tensor bias{Array({8})};
  init::forget_gate_bias_(bias, 2.5);
  CHECK(bias.value().to_vector() == std::vector<Real>{0, 0, 2.5, 2.5, 0, 0, 0, 0});
}

double norm(const Array& x) {
  double square = 0;
  for (Real value : x) square += static_cast<double>(value) * value;
  return std::sqrt(square);
}

// The entry [i, j] of w^T w. The matrix w [rows, columns] starts at `first`, and its entries are
// `apart` numbers apart.
double gram(const Array& w, std::size_t i, std::size_t j, std::size_t first = 0,
            std::size_t apart = 1) {
  const std::size_t rows = w.shape()[0], columns = w.shape()[1];
  double sum = 0;
  for (std::size_t k = 0; k < rows; ++k)
    sum += static_cast<double>(w.data()[(k * columns + i) * apart + first]) *
           w.data()[(k * columns + j) * apart + first];
  return sum;
}

TEST_CASE("delta_orthogonal_: an orthogonal matrix at the kernel's centre, 0 elsewhere") {
  struct Kernel {
    Shape shape;
    std::size_t size, centre;  // row-major index; (k - 1) / 2 on each axis, as in JAX
  };
  for (const Kernel& k : {Kernel{{5, 3, 3}, 3, 1}, Kernel{{4, 4, 4, 1}, 4, 1},
                          Kernel{{6, 2, 3, 5}, 15, 7}, Kernel{{7, 3, 1, 2, 3}, 6, 1}})
    for (double gain : {1.0, 2.5}) {
      const Tensor t{Array(k.shape)};
      Generator generator(3);
      init::delta_orthogonal_(t, gain, generator);
      const std::size_t in = k.shape[1];
      INFO(to_string(k.shape) << ", gain " << gain);
      for (std::size_t i = 0; i < in; ++i)
        for (std::size_t j = 0; j < in; ++j)
          CHECK(gram(t.value(), i, j, k.centre, k.size) ==
                Approx(i == j ? gain * gain : 0).margin(1e-5));
      for (std::size_t i = 0; i < t.size(); ++i)
        if (i % k.size != k.centre) CHECK(t.value().data()[i] == 0);
    }
  CHECK_THROWS_WITH(init::delta_orthogonal_(Tensor(Array({3, 5, 3, 3}))),
                    "delta_orthogonal_: expected a convolution [out, in, kernel...] with in <= "
                    "out, got [3, 5, 3, 3]");
  CHECK_THROWS_AS(init::delta_orthogonal_(Tensor(Array({5, 3}))), Error);
}

TEST_CASE("delta_orthogonal_: a deep stack of convolutions keeps a feature map's norm") {
  std::mt19937 random(1);
  Generator generator(2);
  const Array image = random_array(random, {2, 8, 6, 7});
  const auto ratio = [&](auto fill) {
    Tensor x(image.clone());
    for (std::size_t layer = 0; layer < 20; ++layer) {
      const Tensor weight{Array({8 + layer / 4, x.shape()[1], 3, 3})};
      fill(weight);
      x = conv2d(x, weight, {}, {1, 1}, {1, 1}, {1, 1}, 1);
    }
    return norm(x.value()) / norm(image);
  };
  CHECK(ratio([&](const Tensor& w) { init::delta_orthogonal_(w, 1, generator); }) ==
        Approx(1).epsilon(1e-5));
  CHECK(ratio([&](const Tensor& w) { init::orthogonal_(w, 1, generator); }) < 0.5);
}

TEST_CASE(
    "schemes: delta_orthogonal names a convolution that it cannot fill, and leaves it unchanged") {
  Generator g(1);
  const auto net = parse_model("Sequential((a): Conv2d(2, 4, 3) (b): Conv2d(4, 2, 1))", g);
  CHECK_THROWS_WITH(apply_scheme(*net, "delta_orthogonal", g),
                    StartsWith("delta_orthogonal_:gain=1 for b.weight [2, 4, 1, 1]: "));
  CHECK_NOTHROW(apply_scheme(*net, "mine{base=delta_orthogonal; b.weight=orthogonal_}", g));
  CHECK(gram(net->named_parameters()[0].second.value(), 0, 0, 4, 9) == Approx(1).epsilon(1e-5));
}

TEST_CASE("ZerO: fills narrowing layers with the identity, widening ones with Hadamard's matrix") {
  const auto filled = [](const Shape& shape) {
    const Tensor t{Array::full(shape, 7)};
    return init::hadamard_identity_(t).value();
  };
  for (const Shape& shape : {Shape{4, 4}, Shape{3, 5}})
    CHECK(same_bits(filled(shape), tabulate(shape, [](const Index& i) { return i[0] == i[1]; })));
  CHECK(filled({4, 3}).to_vector() ==
        std::vector<Real>{.5, .5, .5, .5, -.5, .5, .5, .5, -.5, .5, -.5, -.5});
  const Array wide = filled({64, 40});  // a complete Hadamard matrix: orthonormal columns
  for (std::size_t i = 0; i < 40; ++i)
    for (std::size_t j = 0; j < 40; ++j)
      CHECK(gram(wide, i, j) == Approx(i == j ? 1 : 0).margin(1e-6));
  const Array cut = filled({48, 3});  // only its first 48 rows: smaller norms
  for (Real value : cut) CHECK(std::abs(value) == Real(0.125));
  const Array conv = filled({4, 3, 3, 2});
  for (std::size_t i = 0; i < conv.size(); ++i)
    CHECK(conv.data()[i] == (i % 6 == 3 ? filled({4, 3}).data()[i / 6] : 0));
  CHECK(same_bits(filled({2, 3, 3}),
                  tabulate({2, 3, 3}, [](const Index& i) { return i[0] == i[1] && i[2] == 1; })));
  CHECK_THROWS_WITH(init::hadamard_identity_(Tensor(Array({3}))),
                    "hadamard_identity_: expected a matrix or a convolution [out, in, kernel...], "
                    "got [3]");
}

TEST_CASE("schemes: zero_o draws no numbers and is the same for every seed") {
  const char* const text = "Sequential((a): Conv2d(1, 4, 3) (b): Linear(10, 20))";
  Generator a(1), b(2);
  const auto one = parse_model(text, a), other = parse_model(text, b);
  const auto before = a.state();
  apply_scheme(*one, "zero_o", a);
  apply_scheme(*other, "zero_o", b);
  CHECK((a.state() == before));
  for (std::size_t i = 0; i < one->named_parameters().size(); ++i)
    CHECK(same_bits(one->named_parameters()[i].second.value(),
                    other->named_parameters()[i].second.value()));
}

// The rank of a matrix up to rounding, by Gaussian elimination.
std::size_t rank(std::vector<std::vector<double>> rows) {
  std::size_t rank = 0;
  for (std::size_t column = 0; column < rows[0].size() && rank < rows.size(); ++column) {
    const auto size = [&](const auto& row) { return std::abs(row[column]); };
    const auto pivot = std::max_element(rows.begin() + rank, rows.end(),
                                        [&](auto& a, auto& b) { return size(a) < size(b); });
    if (size(*pivot) < 1e-7) continue;
    std::swap(rows[rank], *pivot);
    for (std::size_t i = rank + 1; i < rows.size(); ++i) {
      const double share = rows[i][column] / rows[rank][column];
      for (std::size_t k = 0; k < rows[i].size(); ++k) rows[i][k] -= share * rows[rank][k];
    }
    ++rank;
  }
  return rank;
}

// Zhao et al. 2022, Theorem 1: if training starts from partial identities, W - 1 of a hidden layer
// never exceeds the rank of the input. A Hadamard matrix in the first layer removes this limit.
TEST_CASE("ZerO: the change of a hidden layer exceeds the rank of the input") {
  constexpr std::size_t in = 4, hidden = 16;
  const auto learnt_rank = [&](const std::string& scheme) {
    Generator generator(1);
    const auto net = parse_model(
        "Sequential(Linear(4, 16, bias=False), ReLU(), Linear(16, 16, bias=False), ReLU(), "
        "Linear(16, 16, bias=False))",
        generator);
    apply_scheme(*net, scheme, generator);
    const Tensor x = randn({128, in}, generator);
    Labels y;
    for (std::size_t i = 0; i < 128; ++i) y.push_back(static_cast<std::int64_t>(i % hidden));
    SGD optimizer(net->parameters(), {.lr = 0.5});
    for (int step = 0; step < 5; ++step) {
      optimizer.zero_grad();
      cross_entropy((*net)(x), y).backward();
      optimizer.step();
    }
    const Array w = net->named_parameters()[1].second.value();
    std::vector<std::vector<double>> rows(hidden, std::vector<double>(hidden));
    for (std::size_t i = 0; i < hidden; ++i)
      for (std::size_t j = 0; j < hidden; ++j) rows[i][j] = w.at({i, j}) - (i == j ? 1.0 : 0.0);
    return rank(rows);
  };
  CHECK(learnt_rank("mine{Linear.weight=eye_}") <= in);
  CHECK(learnt_rank("zero_o") > 2 * in);
}

TEST_CASE("identity_ and irnn: an RNN of ReLUs keeps its state, times gain, at every step") {
  Generator generator(1);
  for (double gain : {1.0, 0.5}) {
    RNN rnn(3, 5, {.num_layers = 2}, true, generator);
    apply_scheme(rnn, gain == 1 ? "irnn" : "irnn:gain=0.5", generator);
    Array start({2, 4, 5});
    generator.uniform(start, 0, 1);
    const Tensor h_0(start);
    const std::size_t steps = gain == 1 ? 300 : 5;
    // The input is 0. Of two layers, only the lower one keeps its state.
    const auto result = rnn.run(zeros({steps, 4, 3}), h_0);
    const std::vector<Real> last = result.h_n.value().to_vector(), first = h_0.value().to_vector();
    for (std::size_t i = 0; i < 4 * 5; ++i)
      CHECK(last[i] == static_cast<Real>(first[i] * std::pow(gain, steps)));
    for (const auto& [name, tensor] : rnn.named_parameters()) {
      INFO(name);
      if (name.starts_with("weight_ih"))
        CHECK(norm(tensor.value()) / std::sqrt(tensor.size()) == Approx(0.001).epsilon(0.7));
      if (name.starts_with("bias")) CHECK(norm(tensor.value()) == 0);
    }
  }
  const Tensor t{Array({2, 3})};
  CHECK(init::identity_(t, 0.25).value().to_vector() == std::vector<Real>{.25, 0, 0, 0, .25, 0});
  CHECK_THROWS_AS(init::identity_(Tensor(Array({3}))), Error);
}

}  // namespace
}  // namespace fanin
