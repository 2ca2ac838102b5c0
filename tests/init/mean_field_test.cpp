#include "init/mean_field.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "framework/core/error.hpp"
#include "init/init.hpp"

namespace fanin {
namespace {

TEST_CASE("mean field: the normal's moments, kinks and steps at 0 among them") {
  const auto power = [](int n) { return gaussian_mean([n](double z) { return std::pow(z, n); }); };
  CHECK(power(0) == Approx(1).epsilon(1e-13));
  CHECK(std::abs(power(1)) < 1e-14);
  CHECK(power(2) == Approx(1).epsilon(1e-13));
  CHECK(power(8) == Approx(105).epsilon(1e-12));
  CHECK(gaussian_mean([](double z) { return z > 0 ? 1. : 0.; }) == Approx(0.5).epsilon(1e-13));
  CHECK(gaussian_mean([](double z) { return std::abs(z); }) ==
        Approx(std::sqrt(2 / M_PI)).epsilon(1e-13));
  CHECK(gaussian_mean([](double z) { return std::cos(z); }) ==
        Approx(std::exp(-0.5)).epsilon(1e-13));
}

TEST_CASE("mean field: slopes are those of the values") {
  for (const PointwiseActivation& a : activation_table())
    for (const double z : {-5.0, -1.3, -0.2, 0.4, 1.7, 6.0}) {
      constexpr double h = 1e-5;
      INFO(a.name << " at " << z);
      CHECK(a.slope(z) == Approx((a.value(z + h) - a.value(z - h)) / (2 * h)).margin(1e-8));
    }
}

TEST_CASE("mean field: gains known in closed form, and all of them as drawn numbers have them") {
  CHECK(analytic_gain(find_activation("none")) == Approx(1).epsilon(1e-12));
  CHECK(analytic_gain(find_activation("relu")) == Approx(std::sqrt(2)).epsilon(1e-12));
  CHECK(backward_gain(find_activation("relu")) == Approx(std::sqrt(2)).epsilon(1e-12));
  CHECK(analytic_gain(find_activation("leaky_relu")) ==
        Approx(init::calculate_gain("leaky_relu")).epsilon(1e-12));
  // Klambauer et al. 2017: SELU has the fixed point of mean 0 and variance 1.
  CHECK(analytic_gain(find_activation("selu")) == Approx(1).epsilon(1e-6));

  std::mt19937_64 random(4);
  std::normal_distribution<double> normal;
  constexpr int draws = 400'000;
  std::vector<double> z(draws);
  for (double& value : z) value = normal(random);
  for (const PointwiseActivation& a : activation_table()) {
    double value = 0, slope = 0;
    for (const double v : z) value += a.value(v) * a.value(v), slope += a.slope(v) * a.slope(v);
    INFO(a.name);
    CHECK(analytic_gain(a) == Approx(1 / std::sqrt(value / draws)).epsilon(0.01));
    CHECK(backward_gain(a) == Approx(1 / std::sqrt(slope / draws)).epsilon(0.01));
  }
  const PointwiseActivation own{"", "", [](double v) { return 3 * v; }, [](double) { return 3.; }};
  CHECK(analytic_gain(own) == Approx(1. / 3));
  CHECK_THROWS_WITH(find_activation("tahn"), Catch::Contains("expected one of none, relu"));
}

TEST_CASE("mean field: critical points are fixed points of chi 1") {
  for (const char* name : {"tanh", "relu", "none", "selu"})
    for (const double q : {0.05, 0.5, 2.0}) {
      const PointwiseActivation& a = find_activation(name);
      if (a.name == "selu" && q != 2) continue;
      const Critical point = critical(a, q);
      const MeanField field(a, point.sigma_w, point.sigma_b);
      INFO(name << " at " << q);
      CHECK(field.variance(q) == Approx(q).epsilon(1e-9));
    }
  const PointwiseActivation& tanh = find_activation("tanh");
  const Critical half = critical(tanh, 0.5);
  CHECK(MeanField(tanh, half.sigma_w, half.sigma_b).chi() == Approx(1).epsilon(1e-3));
  // Schoenholz et al. 2017: the line starts at (1, 0).
  CHECK(critical(tanh, 1e-6).sigma_w == Approx(1).epsilon(1e-5));
  CHECK(critical(tanh, 1e-6).sigma_b == Approx(0).margin(1e-5));
  CHECK(critical(find_activation("relu"), 1).sigma_w == Approx(std::sqrt(2)));
  CHECK(critical(find_activation("relu"), 1).sigma_b == Approx(0).margin(1e-6));
  CHECK_THROWS_WITH(critical(find_activation("sigmoid"), 1), Catch::Contains("no critical point"));
  CHECK_THROWS_WITH(critical(tanh, 0), Catch::Contains("above 0"));
}

TEST_CASE("mean field: phases of tanh and of ReLU") {
  const PointwiseActivation &tanh = find_activation("tanh"), &relu = find_activation("relu");
  const MeanField ordered(tanh, 0.9, 0.2), chaotic(tanh, 2, 0.2);
  CHECK(ordered.chi() < 1);
  CHECK(ordered.fixed_correlation() == 1);
  CHECK(chaotic.chi() > 1);
  CHECK(chaotic.fixed_correlation() < 0.9);
  CHECK(chaotic.correlation(chaotic.fixed_correlation()) ==
        Approx(chaotic.fixed_correlation()).margin(1e-6));
  CHECK(ordered.correlation(1) == Approx(1).epsilon(1e-9));
  CHECK(std::isinf(MeanField(relu, 1.5, 0).fixed_point()));
  CHECK(MeanField(relu, 1, 0).fixed_point() < 1e-6);
  CHECK(MeanField(relu, 1, 0).depth_scale() == Approx(1 / std::log(2)));  // Xavier's half a layer
  // Depth scales peak at the transition.
  const double near = MeanField(tanh, 1.39, 0.3).depth_scale();
  CHECK(near > MeanField(tanh, 1.1, 0.3).depth_scale());
  CHECK(near > MeanField(tanh, 2.2, 0.3).depth_scale());
}

// Two inputs through wide random layers: their mean squares and the correlation, layer by layer.
struct Walk {
  std::vector<double> q, c;
};

Walk walk(const PointwiseActivation& a, double sigma_w, double sigma_b, int layers, unsigned seed) {
  constexpr std::size_t width = 800;
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> x(width), y(width);
  for (std::size_t i = 0; i < width; ++i) {
    x[i] = normal(random);
    y[i] = 0.8f * x[i] + 0.6f * normal(random);
  }
  const float scale = static_cast<float>(sigma_w / std::sqrt(width));
  Walk result;
  for (int layer = 0; layer < layers; ++layer) {
    std::vector<float> phi_x(width), phi_y(width), next_x(width), next_y(width);
    for (std::size_t i = 0; i < width; ++i)
      phi_x[i] = static_cast<float>(a.value(x[i])), phi_y[i] = static_cast<float>(a.value(y[i]));
    double xx = 0, yy = 0, xy = 0;
    for (std::size_t i = 0; i < width; ++i) {
      float sum_x = 0, sum_y = 0;
      for (std::size_t j = 0; j < width; ++j) {
        const float w = normal(random);
        sum_x += w * phi_x[j], sum_y += w * phi_y[j];
      }
      const float b = static_cast<float>(sigma_b) * normal(random);
      next_x[i] = scale * sum_x + b, next_y[i] = scale * sum_y + b;
      xx += next_x[i] * next_x[i], yy += next_y[i] * next_y[i], xy += next_x[i] * next_y[i];
    }
    x = next_x, y = next_y;
    result.q.push_back(xx / width);
    result.c.push_back(xy / std::sqrt(xx * yy));
  }
  return result;
}

TEST_CASE("mean field: wide random networks do what it says, layer by layer") {
  const PointwiseActivation& tanh = find_activation("tanh");
  const MeanField field(tanh, 1.2, 0.4);
  constexpr int layers = 9, nets = 4;
  std::vector<double> distance(layers, 0), square(layers, 0);
  for (unsigned net = 0; net < nets; ++net) {
    const Walk seen = walk(tanh, 1.2, 0.4, layers, net);
    for (int l = 0; l < layers; ++l)
      distance[l] += (1 - seen.c[l]) / nets, square[l] += seen.q[l] / nets;
  }
  CHECK(square.back() == Approx(field.fixed_point()).epsilon(0.03));
  CHECK(square.front() == Approx(field.variance(1)).epsilon(0.08));
  // The depth scale, from the slope of log(1 - c) once q has settled.
  const double slope = std::log(distance[layers - 1] / distance[3]) / (layers - 4);
  CHECK(-1 / slope == Approx(field.depth_scale()).epsilon(0.05));
}

}  // namespace
}  // namespace fanin
