#include <cmath>

#include "framework/ops/arithmetic.hpp"
#include "init/beyond.hpp"
#include "init/mean_field.hpp"
#include "tests/support/arrays.hpp"
#include "tests/support/catch.hpp"

// Compares deep random networks with the predictions of theory.
namespace fanin {
namespace {

using init::activation, init::MeanField, init::PointwiseActivation;

double mean_square(const Array& x) {
  double sum = 0;
  for (Real value : x) sum += static_cast<double>(value) * value;
  return sum / static_cast<double>(x.size());
}

Tensor apply(const PointwiseActivation& phi, const Tensor& h) {
  Array x = h.value().clone();
  for (Real& value : x) value = static_cast<Real>(phi.value(value));
  return Tensor(x);
}

// Saxe et al. 2014.
TEST_CASE("orthogonal_: a linear net of 100 layers keeps every norm") {
  Generator generator(1);
  const Tensor x = randn({8, 64}, generator);
  Tensor h = x;
  for (int layer = 0; layer < 100; ++layer)
    h = linear(h, init::orthogonal_(Tensor(Array({64, 64})), 1, generator), {});
  const auto norm = [](const Tensor& t, std::size_t row) {
    double square = 0;
    for (std::size_t i = 0; i < 64; ++i) square += std::pow(double{t.value().at({row, i})}, 2);
    return std::sqrt(square);
  };
  for (std::size_t row = 0; row < 8; ++row)
    CHECK(norm(h, row) / norm(x, row) == Approx(1).epsilon(1e-5));
}

// The factor by which one layer stretches small squared differences, and the variance at the end.
// Both are averages over 32 pairs of inputs, because they fluctuate with the direction.
struct Measured {
  double stretch, variance;
};

Measured measure(const MeanField& net, double q, double difference, std::size_t layers) {
  constexpr std::size_t width = 1000, pairs = 32;
  Generator generator(7);
  Array first = randn({2 * pairs, width}, generator).value().row_major();
  for (std::size_t i = 0; i < pairs * width; ++i) {
    Real& one = first.data()[i];
    Real& other = first.data()[pairs * width + i];
    one *= static_cast<Real>(std::sqrt(q));
    other = one + static_cast<Real>(difference * std::sqrt(q)) * other;
  }
  const auto square_of_differences = [&](const Tensor& h) {
    const Array x = h.value().row_major();
    double sum = 0;
    for (std::size_t i = 0; i < pairs * width; ++i)
      sum += std::pow(double{x.data()[i]} - x.data()[pairs * width + i], 2);
    return sum;
  };
  Tensor h(first);
  const double d_first = square_of_differences(h);
  const Tensor weight{Array({width, width})}, bias{Array({width})};
  for (std::size_t layer = 0; layer < layers; ++layer) {
    init::mean_field_normal_(weight, net.sigma_w, net.sigma_b, generator);
    init::mean_field_normal_(bias, net.sigma_w, net.sigma_b, generator);
    h = linear(apply(net.phi, h), weight, bias);
  }
  const double all = std::log(square_of_differences(h) / d_first) / static_cast<double>(layers);
  return {std::exp(all), mean_square(h.value())};
}

// Schoenholz et al. 2017: the depth scale is -1 / log chi_1, and infinite on the critical line.
TEST_CASE("mean field: differences in random tanh nets grow and vanish at the rate of theory") {
  for (const auto& [sigma_w, sigma_b] : {std::pair(0.8, 0.2), {1.1, 0.3}, {2.0, 0.2}}) {
    const MeanField net{activation("tanh"), sigma_w, sigma_b};
    const init::FixedPoint point = init::fixed_point(net);
    const Measured m = measure(net, point.q, 1e-3, 10);
    INFO("sigma_w " << sigma_w << ", sigma_b " << sigma_b << ", chi_1 " << point.chi_1
                    << ", measured " << m.stretch);
    REQUIRE(std::abs(std::log(point.chi_1)) > 0.1);
    CHECK(-1 / std::log(m.stretch) == Approx(-1 / std::log(point.chi_1)).epsilon(0.05));
    CHECK(m.variance == Approx(point.q).epsilon(0.05));
  }
  for (const auto& [name, q] : {std::pair("tanh", 1.0), {"tanh", 0.2}, {"gelu", 1.0}}) {
    const Measured m = measure(init::critical(activation(name), q), q, 1e-3, 10);
    INFO(name << ", q " << q << ", measured " << m.stretch);
    CHECK(m.stretch == Approx(1).epsilon(0.02));
  }
}

TEST_CASE("mean field: the variance in a random net follows its map") {
  const MeanField net{activation("tanh"), 1.5, 0.1};
  for (std::size_t layers : {1, 3, 8}) {
    const Measured m = measure(net, 4, 1e-3, layers);
    double q = 4;
    for (std::size_t layer = 0; layer < layers; ++layer) q = net.variance(q);
    CHECK(m.variance == Approx(q).epsilon(0.04));
  }
}

TEST_CASE("analytic gain: every activation keeps the variance of a deep net at 1") {
  for (const std::string& name : init::activation_names()) {
    const PointwiseActivation phi = activation(name);
    for (double factor : {1.0, 1.2}) {
      Generator generator(3);
      Tensor h = randn({64, 500}, generator);
      for (int layer = 0; layer < 8; ++layer) {
        Tensor weight{Array({500, 500})};
        init::analytic_normal_(weight, phi, "fan_in", generator);
        for (Real& value : weight.value()) value *= static_cast<Real>(factor);
        h = linear(apply(phi, h), weight, {});
      }
      INFO(name << ", gain times " << factor << ": " << mean_square(h.value()));
      if (factor == 1)
        CHECK(std::abs(std::log(mean_square(h.value()))) < std::log(1.3));
      else
        CHECK(mean_square(h.value()) > 1.3);
    }
  }
}

// With fan_out, the variance of gradients stays: backward, each layer multiplies by W^T and phi'.
TEST_CASE("analytic gain: with fan_out, the variance of gradients stays at 1") {
  for (const char* name : {"relu", "tanh", "gelu", "sigmoid"}) {
    const PointwiseActivation phi = activation(name);
    Generator generator(4);
    Tensor g = randn({64, 300}, generator);
    for (std::size_t in : {900, 300, 900}) {
      const Tensor weight{Array({g.shape()[1], in})};
      init::analytic_normal_(weight, phi, "fan_out", generator);
      const Tensor z = randn({64, in}, generator);
      g = matmul(g, weight);
      for (std::size_t i = 0; i < g.size(); ++i)
        g.value().data()[i] *= static_cast<Real>(phi.slope(z.value().data()[i]));
    }
    INFO(name);
    CHECK(mean_square(g.value()) == Approx(1).epsilon(0.06));
  }
}

}  // namespace
}  // namespace fanin
