#include "init/mean_field.hpp"

#include <cmath>
#include <numbers>

#include "framework/core/error.hpp"
#include "framework/nn/activation.hpp"
#include "framework/nn/text.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/shape.hpp"
#include "init/function_table.hpp"
#include "init/init.hpp"
#include "init/recipe.hpp"
#include "tests/support/arrays.hpp"
#include "tests/support/catch.hpp"

// Compares the theory of random networks with closed forms and with draws. random_nets_test.cpp
// compares it with networks.
namespace fanin {
namespace {

using init::activation, init::MeanField, init::PointwiseActivation;

double normal_cdf(double x) { return std::erfc(-x / std::sqrt(2.0)) / 2; }

// A user's activation for which everything has a closed form (Williams 1997).
PointwiseActivation error_function() {
  return {"erf",
          [](double x) { return std::erf(x); },
          [](double x) { return 2 * std::numbers::inv_sqrtpi * std::exp(-x * x); },
          {}};
}

constexpr double points[] = {-6.0, -2.5, -1.2, -0.3, 0.2, 0.9, 1.7, 4.0};

void check_slope(const PointwiseActivation& phi) {
  for (double x : points)
    CHECK(phi.slope(x) == Approx((phi.value(x + 1e-5) - phi.value(x - 1e-5)) / 2e-5).margin(1e-8));
}

// The op of a layer and its gradient.
void check_layer(Module& layer, const PointwiseActivation& phi) {
  INFO(phi.name);
  for (double x : points) {
    const Tensor input(Array::full({1}, static_cast<Real>(x)), true);
    const Tensor y = layer(input);
    sum(y).backward();
    CHECK(phi.value(x) == Approx(y.item()).epsilon(1e-5).margin(1e-6));
    CHECK(phi.slope(x) == Approx(Tensor(input.grad()).item()).epsilon(1e-5).margin(1e-6));
  }
}

TEST_CASE("activations: each curve in the table equals its layer, forward and backward") {
  std::size_t layers = 0;
  for (const ActivationRow& row : activation_table()) {
    if (!row.curve) continue;  // Softmax is not a function of one number
    std::vector<Value> arguments;
    for (const Field& field : row.layer.fields) arguments.push_back(*field.fallback);
    const PointwiseActivation phi = row.curve(arguments);
    INFO(phi.name);
    check_slope(phi);
    if (row.dies) CHECK((phi.value(-1) == 0 && phi.slope(-1) == 0));
    if (row.bounds) {
      CHECK(phi.value(-40) == Approx(row.bounds->at(0)).margin(1e-12));
      CHECK(phi.value(40) == Approx(row.bounds->at(1)));
    }
    if (!row.layer.make) continue;
    check_layer(*parse_model(row.layer.type + "()"), phi);
    ++layers;
  }
  CHECK(layers >= 18);
}

TEST_CASE("pointwise activations: use the arguments of a layer, in a name and in the layer") {
  const std::vector<std::pair<std::string, std::string>> layers{
      {"linear", "Identity()"},
      {"leaky_relu", "LeakyReLU()"},
      {"leaky_relu:negative_slope=0.3", "LeakyReLU(0.3)"},
      {"leaky_relu:negative_slope=0.25", "PReLU()"},
      {"elu:alpha=2", "ELU(alpha=2)"},
      {"gelu", "GELU()"},
      {"gelu_tanh", "GELU(approximate='tanh')"},
      {"softplus", "Softplus()"},
      {"softplus:beta=3", "Softplus(beta=3)"},
  };
  for (const auto& [name, text] : layers) {
    const auto layer = parse_model(text);
    const PointwiseActivation phi = activation(name);
    const auto found = init::activation_of(*layer);
    REQUIRE(found);
    CHECK(found->name == phi.name);
    check_slope(phi);
    check_layer(*layer, phi);
    check_layer(*layer, *found);
  }
  CHECK(activation("softsign").value(-3) == Approx(-0.75));
  CHECK(activation("mish").value(1) == Approx(0.8650983882673103));  // torch.nn.functional.mish
  CHECK(activation("Hardtanh").value(2) == 1);                       // a layer's name works too
  CHECK(activation("none").name == "linear");
  CHECK_FALSE(init::activation_of(*parse_model("Linear(2, 2)")));
  PReLU uneven(2);
  CHECK(init::activation_of(uneven));
  uneven.weight.copy_(Array({2}, {0.5, 0.25}));
  CHECK_FALSE(init::activation_of(uneven));
  CHECK_THROWS_WITH(activation("swish"),
                    StartsWith("unknown activation \"swish\"; expected one of linear, relu, "));
  CHECK_THROWS_AS(activation("tanh:slope=1"), UsageError);
}

TEST_CASE("pointwise activations: GeneralReLU is a leaky ReLU shifted down") {
  const auto of = [](const char* text) { return init::activation_of(*parse_model(text)).value(); };
  const PointwiseActivation phi = of("GeneralReLU(leak=0.1, sub=0.4)"), plain = of("GeneralReLU()");
  const PointwiseActivation leaky = activation("leaky_relu:negative_slope=0.1");
  CHECK(phi.name == "leaky_relu:negative_slope=0.1 - 0.4");
  for (double x : {-2.5, -0.3, 0.2, 4.0}) {
    CHECK(phi.value(x) == leaky.value(x) - 0.4);
    CHECK(phi.slope(x) == leaky.slope(x));
    CHECK(plain.value(x) == activation("relu").value(x));
  }
  // E[(phi - s)^2] = E[phi^2] - 2 s E[phi] + s^2 with E[phi] = (1 - leak) / sqrt(2 pi).
  CHECK(MeanField{phi, 1, 0}.variance(1) ==
        Approx(0.505 - 0.8 * 0.9 / std::sqrt(2 * std::numbers::pi) + 0.16).epsilon(1e-10));
}

TEST_CASE("gains: known values, in double") {
  const auto gain = [](const char* name) { return init::analytic_gain(activation(name)); };
  const auto of = [](double mean_square) {
    return Approx(1 / std::sqrt(mean_square)).epsilon(1e-13);
  };
  const double pi = std::numbers::pi, e = std::numbers::e;
  CHECK(gain("linear") == of(1));
  CHECK(gain("relu") == of(0.5));
  CHECK(gain("leaky_relu:negative_slope=0.2") == of(0.52));
  CHECK(gain("tanh") == Approx(1.5925374197228312).epsilon(1e-13));
  CHECK(gain("selu") == of(1));  // SELU's two constants solve this and a mean of 0
  CHECK(gain("gelu") == of(1 / 3. + 1 / (2 * std::sqrt(3.0) * pi)));
  CHECK(gain("elu") == of(1 + e * e * normal_cdf(-2) - 2 * std::sqrt(e) * normal_cdf(-1)));
  CHECK(init::analytic_gain(error_function()) == of(2 / pi * std::asin(2 / 3.)));
  CHECK(init::gaussian_mean(activation("selu").value) == Approx(0).margin(1e-12));

  const auto back = [](const char* name) { return init::backward_gain(activation(name)); };
  CHECK(back("linear") == of(1));
  CHECK(back("relu") == of(0.5));
  CHECK(back("leaky_relu:negative_slope=0.2") == of(0.52));
  CHECK(back("elu") == of(0.5 + e * e * normal_cdf(-2)));
  CHECK(init::backward_gain(error_function()) == of(4 / pi / std::sqrt(5.0)));

  const PointwiseActivation hard_tanh{"hardtanh",
                                      [](double x) { return std::clamp(x, -1.0, 1.0); },
                                      [](double x) { return std::abs(x) < 1 ? 1.0 : 0.0; },
                                      {-1, 1}};
  const double inside = 1 - 2 * normal_cdf(-1);
  CHECK(init::backward_gain(hard_tanh) == of(inside));
  CHECK(init::analytic_gain(hard_tanh) == of(1 - std::sqrt(2 / pi / e)));
  CHECK(init::gaussian_mean([](double z) { return std::pow(z, 8); }) == Approx(105).epsilon(1e-13));
}

TEST_CASE("gains: a function that is 0 or grows too fast has no gain") {
  const PointwiseActivation none{"none", [](double) { return 0.0; }, [](double) { return 0.0; }},
      exp{"exp", [](double x) { return std::exp(x * x); },
          [](double x) { return std::exp(x * x); }};
  CHECK_THROWS_WITH(init::analytic_gain(none), "none has no gain: its mean square is 0");
  CHECK_THROWS_AS(init::backward_gain(none), Error);
  CHECK_THROWS_AS(Recipe("analytic:act=softplus:beta=0"), UsageError);
  CHECK_THROWS_AS(init::critical(exp, 100), Error);
}

TEST_CASE("gains: agree with the layers' outputs for a million normal numbers") {
  Generator generator(1);
  const Tensor z = randn({1'000'000}, generator);
  for (const std::string text :
       {"ReLU()", "LeakyReLU(0.3)", "GeneralReLU(0.1, 0.4)", "ELU(0.7)", "SELU()", "GELU()",
        "GELU(approximate='tanh')", "SiLU()", "Tanh()", "Sigmoid()", "Softplus()", "Identity()"}) {
    const auto layer = parse_model(text);
    const PointwiseActivation phi = init::activation_of(*layer).value();
    const auto check = [&](const Array& values, double gain) {
      double mean = 0, spread = 0;
      const auto n = static_cast<double>(values.size());
      for (Real v : values) mean += double{v} * v / n;
      for (Real v : values) spread += (double{v} * v - mean) * (double{v} * v - mean) / n;
      CHECK(1 / (gain * gain) == Approx(mean).margin(4 * std::sqrt(spread / n) + 1e-6));
    };
    INFO(text);
    check(layer->forward(z).value(), init::analytic_gain(phi));
    Array slopes({1'000'000});
    for (std::size_t i = 0; i < slopes.size(); ++i)
      slopes.data()[i] = static_cast<Real>(phi.slope(z.value().data()[i]));
    check(slopes, init::backward_gain(phi));
  }
}

TEST_CASE("mean field: maps of variance and correlation equal their closed forms") {
  const double pi = std::numbers::pi;
  const MeanField relu{activation("relu"), 1.3, 0.4}, erf{error_function(), 1.3, 0.4};
  for (double q : {0.01, 0.7, 5.0}) {
    CHECK(relu.variance(q) == Approx(1.69 * q / 2 + 0.16).epsilon(1e-12));
    CHECK(relu.chi(q) == Approx(1.69 / 2).epsilon(1e-12));
    CHECK(erf.variance(q) == Approx(1.69 * 2 / pi * std::asin(2 * q / (1 + 2 * q)) + 0.16));
    CHECK(erf.chi(q) == Approx(1.69 * 4 / pi / std::sqrt(1 + 4 * q)).epsilon(1e-10));
    for (const MeanField& net : {relu, erf})
      CHECK(
          net.variance_slope(q) ==
          Approx((net.variance(q * 1.0001) - net.variance(q * 0.9999)) / (2e-4 * q)).epsilon(1e-6));
    for (double c : {-0.9, 0.0, 0.3, 0.99, 1 - 1e-7, 1.0}) {
      INFO("q " << q << ", c " << c);
      const double arc = std::sqrt(1 - c * c) + c * (pi - std::acos(c));  // Cho & Saul 2009
      CHECK(relu.correlation(c, q) * relu.variance(q) ==
            Approx(1.69 * q / (2 * pi) * arc + 0.16).epsilon(1e-9));
      CHECK(erf.correlation(c, q) * erf.variance(q) ==
            Approx(1.69 * 2 / pi * std::asin(2 * q * c / (1 + 2 * q)) + 0.16).epsilon(1e-7));
      CHECK(relu.chi(q, c) == Approx(1.69 * (pi - std::acos(c)) / (2 * pi)).epsilon(1e-7));
    }
  }
}

TEST_CASE(
    "mean field: fixed points are those of the maps, and depth scales follow from the slopes") {
  for (double sigma_w : {0.5, 0.9, 1.5, 2.5})
    for (double sigma_b : {0.05, 0.3}) {
      const MeanField net{activation("tanh"), sigma_w, sigma_b};
      const init::FixedPoint point = init::fixed_point(net);
      INFO("sigma_w " << sigma_w << ", sigma_b " << sigma_b);
      CHECK(net.variance(point.q) == Approx(point.q).epsilon(1e-9));
      CHECK(net.correlation(point.c, point.q) == Approx(point.c).epsilon(1e-9));
      CHECK((point.c < 1) == (point.chi_1 > 1));
      CHECK(point.xi_q == Approx(-1 / std::log(net.variance_slope(point.q))));
      const auto at = [&](double c) { return net.correlation(c, point.q); };
      const double rate = (at(point.c - 1e-4) - point.c) / -1e-4;
      CHECK(point.xi_c == Approx(-1 / std::log(rate)).epsilon(0.01));
      double q = 3, c = 0.9;  // iterating the maps leads to the fixed point
      for (int layer = 0; layer < 12 * point.xi_q; ++layer) q = net.variance(q);
      for (int layer = 0; layer < 12 * point.xi_c; ++layer) c = net.correlation(c, point.q);
      CHECK(q == Approx(point.q).epsilon(1e-3));
      CHECK(c == Approx(point.c).epsilon(1e-3).margin(1e-4));
    }
}

TEST_CASE("mean field: variances that stay, that vanish, and that grow without limit") {
  const auto fixed = [](const char* name, double sigma_w, double sigma_b, double q = 1) {
    return init::fixed_point({activation(name), sigma_w, sigma_b}, q);
  };
  const init::FixedPoint he = fixed("relu", std::sqrt(2.0), 0, 0.37);
  CHECK(he.q == 0.37);  // any variance stays as it is
  CHECK(he.c == 1);
  CHECK(he.chi_1 == Approx(1).epsilon(1e-12));
  CHECK(std::isinf(he.xi_q));
  CHECK(std::isinf(he.xi_c));
  CHECK(fixed("relu", 1, 0).q == 0);
  CHECK(fixed("relu", 1, 0).chi_1 == Approx(0.5).epsilon(1e-12));
  CHECK(std::isinf(fixed("relu", 1.5, 0.1).q));
  CHECK(fixed("relu", 1.5, 0.1).xi_q == Approx(-1 / std::log(1.125)));
  CHECK(fixed("relu", 1, 0.5).q == Approx(0.5).epsilon(1e-10));
  CHECK(fixed("tanh", 0.9, 0).q == 0);
  CHECK(fixed("tanh", 0.9, 0).xi_c == Approx(-1 / std::log(0.81)));
  CHECK(fixed("tanh", 1.3, 0).c == Approx(0).margin(1e-9));
  CHECK_THROWS_WITH(fixed("tanh", 1, 0, 0),
                    "fixed_point: the variance q must be positive and finite, got 0");
}

TEST_CASE("critical: the variance stays and small differences keep their size") {
  for (const char* name : {"relu", "leaky_relu", "elu", "selu", "gelu", "silu", "tanh", "linear"})
    for (double q : {0.3, 1.0, 2.0}) {
      INFO(name << ", q " << q);
      const MeanField net = init::critical(activation(name), q);
      CHECK(net.variance(q) == Approx(q).epsilon(1e-10));
      CHECK(net.chi(q) == Approx(1).epsilon(1e-10));
    }
  CHECK(init::critical(activation("relu")).sigma_w == Approx(std::sqrt(2.0)));
  CHECK(init::critical(activation("relu")).sigma_b == Approx(0).margin(1e-6));
  const MeanField tanh = init::critical(activation("tanh"), 1e-6);  // the line ends at (1, 0)
  CHECK(tanh.sigma_w == Approx(1).epsilon(1e-5));
  CHECK(tanh.sigma_b == Approx(0).margin(1e-5));
  CHECK_THROWS_WITH(init::critical(activation("sigmoid")),
                    StartsWith("critical: sigmoid has no critical point of variance 1: ") &&
                        EndsWith("so sigma_b^2 would be negative"));
  CHECK_THROWS_AS(init::critical(activation("tanh"), -1), Error);
}

// K*, C_W and C_b of Roberts, Yaida & Hanin 2022, section 5.3, computed elsewhere.
TEST_CASE("stable: half-stable points are those of the literature") {
  struct Point {
    const char* act;
    double q, weight, bias;
  };
  for (const Point& p : {Point{"gelu", 3.5616, 1.98306, 0.17292},
                         {"silu", 14.3202, 1.98800, 0.55514},
                         {"mish", 1.6702, 2.01352, 0.09452},
                         {"hardswish", 4.80386, 1.97330, 0.50713}}) {
    INFO(p.act);
    const auto phi = activation(p.act);
    const double q = init::stable_variance(phi);
    const MeanField net = init::stable(phi);
    CHECK(q == Approx(p.q).epsilon(2e-5));
    CHECK(net.sigma_w * net.sigma_w == Approx(p.weight).epsilon(1e-5));
    CHECK(net.sigma_b * net.sigma_b == Approx(p.bias).epsilon(1e-4));
    CHECK(net.chi(q) == Approx(1));
    CHECK(net.variance_slope(q) == Approx(1));
    CHECK(net.variance(q) == Approx(q));
  }
  CHECK(init::stable_variance(activation("gelu")) == Approx((3 + std::sqrt(17)) / 2));
}

TEST_CASE("stable: q = 1 where every q qualifies, and Kaiming for ReLU") {
  for (const char* act : {"tanh", "softsign", "elu", "selu", "relu", "leaky_relu", "linear"}) {
    INFO(act);
    CHECK(init::stable_variance(activation(act)) == 1);
  }
  CHECK(init::stable_variance(error_function()) == 1);
  CHECK(init::stable(activation("relu")).sigma_w == Approx(std::sqrt(2)));
  CHECK(init::stable(activation("relu")).sigma_b == Approx(0).margin(1e-5));
}

TEST_CASE("stable: activations that would need a negative bias variance are refused") {
  for (const char* act : {"softplus", "logsigmoid"})
    CHECK_THROWS_WITH(init::stable(activation(act)),
                      ContainsSubstring(" has no stable point") &&
                          ContainsSubstring("use kaiming_normal instead"));
  CHECK_THROWS_WITH(init::stable(activation("sigmoid")),
                    ContainsSubstring("use orthogonal:gain=4 instead"));
}

TEST_CASE("schemes: mean_field, critical and analytic draw with the sigmas that they state") {
  const auto spreads = [](const std::string& scheme) {
    Generator generator(1);
    const auto net = parse_model("Sequential(Conv2d(4, 3000, 5), Linear(100, 3000))", generator);
    apply_scheme(*net, scheme, generator);
    std::vector<double> result;
    for (const auto& [path, tensor] : net->named_parameters())
      result.push_back(stddev(tensor).item());
    return result;
  };
  const auto check = [&](const std::string& scheme, double sigma_w, double sigma_b) {
    const std::vector<double> std = spreads(scheme);
    INFO(scheme);
    CHECK(std[0] == Approx(sigma_w / 10).epsilon(0.01));
    CHECK(std[1] == Approx(sigma_b).epsilon(0.06));
    CHECK(std[2] == Approx(sigma_w / 10).epsilon(0.01));
    CHECK(std[3] == Approx(sigma_b).epsilon(0.06));
  };
  check("mean_field:sigma_w=1.5,sigma_b=0.05", 1.5, 0.05);
  check("mean_field", 1, 0);
  const MeanField at = init::critical(activation("tanh"), 0.5);
  check("critical:act=tanh,q=0.5", at.sigma_w, at.sigma_b);
  check("analytic:act=leaky_relu:negative_slope=0.5", std::sqrt(2 / 1.25), 0);
  check("analytic", std::sqrt(2.0), 0);

  const auto refused = [](const std::string& text, const std::string& what) {
    INFO(text);
    CHECK_THROWS_WITH(Recipe(text), ContainsSubstring(what));
    CHECK_THROWS_AS(Recipe(text), UsageError);
  };
  refused("critical:act=sigmoid", "sigmoid has no critical point of variance 1");
  refused("critical:act=swish", "unknown activation \"swish\"; expected one of linear, ");
  refused("critical:q=small", "q must be a number, got \"small\"");
  refused("critical:q=0", "the variance q must be positive and finite, got 0");
  refused("mean_field:sigma_w=-1", "sigma_w and sigma_b must not be negative, got -1 and 0");
  refused("mine{*.weight=analytic_normal_:mode=fan_avg}",
          "analytic_normal_: mode must be one of fan_in, fan_out, got \"fan_avg\"");
}

}  // namespace
}  // namespace fanin
