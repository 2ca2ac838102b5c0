#include "init/beyond.hpp"

#include <catch2/catch.hpp>
#include <cmath>

#include "framework/core/error.hpp"
#include "framework/nn/rnn.hpp"
#include "framework/nn/text.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/conv.hpp"
#include "framework/ops/recurrent.hpp"
#include "init/mean_field.hpp"
#include "init/schemes.hpp"
#include "tests/support/arrays.hpp"

namespace fanin {
namespace {

double norm(const Array& x) {
  double square = 0;
  for (const Real v : x) square += static_cast<double>(v) * v;
  return std::sqrt(square);
}

TEST_CASE("beyond: a delta-orthogonal convolution keeps the norm of whatever it is given") {
  std::mt19937 random(1);
  const Array image = random_array(random, {3, 4, 7, 6});
  for (const double gain : {1.0, 1.5}) {
    const Tensor weight = init::delta_orthogonal_(Tensor(Array({9, 4, 3, 5})), gain);
    const Tensor y = conv2d(Tensor(image), weight, {}, 1, Padding(Shape{1, 2}));
    CHECK(norm(y.value()) == Approx(gain * norm(image)).epsilon(1e-5));
  }
  const Tensor line = init::delta_orthogonal_(Tensor(Array({4, 2, 4})));
  for (std::size_t o = 0; o < 4; ++o)
    for (std::size_t k = 0; k < 4; ++k)
      if (k != 1) CHECK(line.value().at({o, 0, k}) == 0);  // (4 - 1) / 2
  CHECK_THROWS_WITH(init::delta_orthogonal_(Tensor(Array({4, 8, 3, 3}))),
                    Catch::Contains("with I <= O, got [4, 8, 3, 3]"));
  CHECK_THROWS_AS(init::delta_orthogonal_(Tensor(Array({8, 8}))), Error);
}

TEST_CASE("beyond: ZerO is an identity downwards and orthonormal columns upwards, without a draw") {
  manual_seed(3);
  const std::string before = default_generator().state();
  const Tensor down = init::hadamard_(Tensor(Array({3, 5})));
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 5; ++j) CHECK(down.value().at({i, j}) == (i == j ? 1 : 0));
  for (const std::size_t n : {1, 3, 16}) {
    const Tensor up = init::hadamard_(Tensor(Array({16, n})));
    for (std::size_t a = 0; a < n; ++a)
      for (std::size_t b = 0; b < n; ++b) {
        double product = 0;
        for (std::size_t i = 0; i < 16; ++i)
          product += static_cast<double>(up.value().at({i, a})) * up.value().at({i, b});
        CHECK(product == Approx(a == b && n < 16 ? 1 : a == b ? 1 : 0).margin(1e-6));
      }
  }
  const Tensor kernel = init::hadamard_(Tensor(Array({6, 3, 3, 3})));
  CHECK(std::abs(kernel.value().at({5, 2, 1, 1})) == Approx(1 / std::sqrt(8)));
  CHECK(kernel.value().at({5, 2, 0, 1}) == 0);
  CHECK(default_generator().state() == before);
  CHECK_THROWS_AS(init::hadamard_(Tensor(Array({4}))), Error);
}

TEST_CASE("beyond: an identity RNN keeps its state while nothing comes in") {
  RNN rnn(3, 8, {}, true);
  Sequential net;
  apply_scheme(rnn, "irnn");
  std::mt19937 random(2);
  const Array state = random_array(random, {2, 8}, 0, 0, 1);  // ReLU keeps what is not negative
  const auto parameters = rnn.parameters();
  const auto out =
      recurrent(Cell::rnn_relu, Tensor(Array::full({20, 2, 3}, 0)), {Tensor(state), {}},
                parameters[0], parameters[1], parameters[2], parameters[3], false);
  CHECK(out.last.h.value().to_vector() == state.row_major().to_vector());
}

TEST_CASE("beyond: orthogonal layers keep a norm through a hundred, Saxe et al. 2014") {
  manual_seed(1);
  std::mt19937 random(3);
  Tensor x(random_array(random, {1, 64}));
  const double before = norm(x.value());
  for (int layer = 0; layer < 100; ++layer)
    x = matmul(x, init::orthogonal_(Tensor(Array({64, 64}))));
  CHECK(norm(x.value()) == Approx(before).epsilon(1e-5));
}

// The mean square of what a deep net gives over that of what it is given to its last layers.
double growth(const std::string& act, const std::string& layer, const std::string& scheme) {
  constexpr int depth = 20;
  std::string text = "Sequential(";
  for (int i = 0; i < depth; ++i) text += (i ? ", " : "") + ("Linear(300, 300), " + layer + "()");
  manual_seed(7);
  const auto net = parse_model(text + ")");
  apply_scheme(*net, scheme + ":act=" + act);
  std::mt19937 random(5);
  const Array x = random_array(random, {20, 300});
  Tensor y(x);
  double first = 0;
  for (std::size_t i = 0; i < net->children().size(); i += 2) {
    y = (*net->children()[i].second)(y);
    if (i == 0) first = norm(y.value());
    if (i + 2 == net->children().size()) return norm(y.value()) / first;
    y = (*net->children()[i + 1].second)(y);
  }
  return 0;
}

TEST_CASE("beyond: the analytic gain keeps the size of signals through twenty layers") {
  for (const auto& [act, layer] :
       {std::pair{"relu", "ReLU"}, std::pair{"selu", "SELU"}, std::pair{"leaky_relu", "LeakyReLU"},
        std::pair{"tanh", "Tanh"}}) {
    INFO(act);
    const double kept = growth(act, layer, "analytic");
    CHECK(kept > 0.4);
    CHECK(kept < 2.5);
  }
}

TEST_CASE("beyond: the schemes of mean-field theory draw its variances") {
  manual_seed(2);
  const auto net = parse_model("Sequential(Linear(400, 500), Tanh(), Linear(500, 300))");
  apply_scheme(*net, "mean_field:sigma_w=1.5,sigma_b=0.3");
  const auto parameters = net->parameters();
  const auto std_of = [](const Tensor& t) {
    return norm(t.value()) / std::sqrt(static_cast<double>(t.size()));
  };
  CHECK(std_of(parameters[0]) == Approx(1.5 / 20).epsilon(0.02));
  CHECK(std_of(parameters[1]) == Approx(0.3).epsilon(0.1));
  CHECK(std_of(parameters[2]) == Approx(1.5 / std::sqrt(500)).epsilon(0.02));
  apply_scheme(*net, "critical:act=tanh,q=0.5");
  const Critical point = critical(find_activation("tanh"), 0.5);
  CHECK(std_of(parameters[0]) == Approx(point.sigma_w / 20).epsilon(0.02));
  CHECK(std_of(parameters[1]) == Approx(point.sigma_b).epsilon(0.1));
  CHECK_THROWS_WITH(check_scheme("critical:act=tahn"), Catch::Contains("unknown activation"));
  CHECK_THROWS_WITH(check_scheme("mean_field:sigma_w=wide"), Catch::Contains("must be a number"));
}

}  // namespace
}  // namespace fanin
