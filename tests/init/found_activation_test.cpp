// Inits that find the activation behind each layer.
#include <cmath>

#include "framework/nn/activation.hpp"
#include "framework/nn/text.hpp"
#include "framework/ops/arithmetic.hpp"
#include "init/function_table.hpp"
#include "init/init.hpp"
#include "init/mean_field.hpp"
#include "init/recipe.hpp"
#include "tests/support/catch.hpp"

namespace fanin {
namespace {

using init::activation;

TEST_CASE("schemes: stable finds the activation behind each layer") {
  Generator generator(1);
  const auto net = parse_model(
      "Sequential((a): Linear(9, 300) (b): Linear(300, 300) (act1): GELU() (c): Linear(300, 300) "
      "(d): Dropout(0.5) (act2): LeakyReLU(0.2) (e): Linear(300, 300) (act3): Tanh() (f): "
      "Linear(300, 10))",
      generator);
  const auto expected = Recipe("stable").expected(*net);
  const auto std_of = [&](const std::string& path) {
    for (const Expectation& e : expected)
      if (e.path == path) return e.std;
    return std::nan("");
  };
  CHECK(std_of("a.weight") == Approx(1. / 3));  // nothing but a linear layer behind it
  CHECK(std_of("b.weight") == Approx(std::sqrt(1.98306 / 300)).epsilon(1e-4));
  CHECK(std_of("b.bias") == Approx(std::sqrt(0.17292)).epsilon(1e-4));
  CHECK(std_of("c.weight") == Approx(std::sqrt(2 / 1.04 / 300)));
  const double tanh_w = init::stable(activation("tanh")).sigma_w;
  CHECK(std_of("e.weight") == Approx(tanh_w / std::sqrt(300)));
  CHECK(std_of("f.weight") == Approx(tanh_w / std::sqrt(300)));  // as the layer before
  apply_scheme(*net, "stable", generator);
  const auto gelu = net->named_parameters()[2].second;
  CHECK(stddev(gelu).item() == Approx(std::sqrt(1.98306 / 300)).epsilon(0.02));
  CHECK(Recipe("stable:act=gelu").expected(*net)[0].std ==
        Approx(std::sqrt(1.98306) / 3).epsilon(1e-4));
  const double gelu_w = init::critical(activation("gelu"), 2).sigma_w;
  CHECK(Recipe("critical:act=auto,q=2").expected(*net)[2].std == Approx(gelu_w / std::sqrt(300)));
  CHECK(Recipe("mine{b.weight=analytic_normal_:act=auto}").expected(*net)[2].std ==
        Approx(init::analytic_gain(activation("gelu")) / std::sqrt(300)));
  const auto clamped = parse_model(
      "Sequential(Linear(9, 100), Hardtanh(-0.1, 0.1), Linear(100, 100), Identity(), Hardtanh(-3, "
      "3), Linear(100, 9))",
      generator);
  const auto gain = [](double bound) {
    return init::analytic_gain(*init::activation_of(Hardtanh(-bound, bound)));
  };
  const auto analytic = Recipe("analytic:act=auto").expected(*clamped);
  CHECK(analytic[0].std == Approx(gain(0.1) / 3));
  CHECK(analytic[2].std == Approx(gain(3) / 10));  // by its own bounds, behind an Identity
  const auto norms = parse_model("Sequential(Linear(9, 9), BatchNorm1d(9), ReLU())", generator);
  CHECK_THROWS_WITH(
      Recipe("mine{*.weight=critical_normal_:act=auto}").expected(*norms),
      ContainsSubstring("for 1.weight: act=auto is for Linear and convolution layers, not Batch"));
  CHECK_THROWS_WITH(activation("hardtanh:min_val=3"), ContainsSubstring("max_val must be larger"));
  CHECK_THROWS_WITH(parse_init_call("analytic_normal_:act=auto"),
                    StartsWith("act=auto needs a model; "));
  const auto sigmoid = parse_model("Sequential(Linear(9, 9), Sigmoid(), Linear(9, 9))", generator);
  CHECK_THROWS_WITH(
      Recipe("stable").expected(*sigmoid),
      ContainsSubstring("Linear before sigmoid: stable: sigmoid has no stable point"));
}

}  // namespace
}  // namespace fanin
