#include "init/mean_field.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "framework/core/error.hpp"

namespace fanin {
namespace {

double density(double z) {
  return std::exp(-z * z / 2) * std::numbers::inv_sqrtpi / std::numbers::sqrt2;
}
double cumulative(double z) { return std::erfc(-z / std::numbers::sqrt2) / 2; }
double logistic(double z) { return 1 / (1 + std::exp(-z)); }

struct Node {
  double z, weight;
};

// Gauss and Legendre's 20 nodes in each of 24 panels of [-12, 12], the normal density among the
// weights. Gauss and Hermite's own nodes know of no kink at 0: 100 of them miss E[relu'^2] by 4 %.
std::vector<Node> make_nodes() {
  constexpr int n = 20, panels = 24;
  std::vector<Node> nodes;
  for (int i = 0; i < n; ++i) {
    double x = std::cos(std::numbers::pi * (i + 0.75) / (n + 0.5)), slope = 0;
    for (int step = 0; step < 100; ++step) {  // Newton's, on Legendre's polynomial
      double before = 1, value = x;
      for (int k = 2; k <= n; ++k) {
        const double next = ((2 * k - 1) * x * value - (k - 1) * before) / k;
        before = value, value = next;
      }
      slope = n * (x * value - before) / (x * x - 1);
      x -= value / slope;
    }
    const double weight = 2 / ((1 - x * x) * slope * slope);
    for (int panel = 0; panel < panels; ++panel) {
      const double z = -panels / 2. + panel + 0.5 + x / 2;
      nodes.push_back({z, weight / 2 * density(z)});
    }
  }
  return nodes;
}

const std::vector<Node>& nodes() {
  static const std::vector<Node> all = make_nodes();
  return all;
}

double squared(double x) { return x * x; }

constexpr double selu_scale = 1.0507009873554805, selu_alpha = 1.6732632423543772;
constexpr double leaky_slope = 0.01;  // PyTorch's default

}  // namespace

const std::vector<PointwiseActivation>& activation_table() {
  static const std::vector<PointwiseActivation> table{
      {"none", "Identity", [](double z) { return z; }, [](double) { return 1.; }},
      {"relu", "ReLU", [](double z) { return std::max(z, 0.); },
       [](double z) { return z > 0 ? 1. : 0.; }},
      {"leaky_relu", "LeakyReLU", [](double z) { return z > 0 ? z : leaky_slope * z; },
       [](double z) { return z > 0 ? 1 : leaky_slope; }},
      {"elu", "ELU", [](double z) { return z > 0 ? z : std::expm1(z); },
       [](double z) { return z > 0 ? 1 : std::exp(z); }},
      {"selu", "SELU",
       [](double z) { return selu_scale * (z > 0 ? z : selu_alpha * std::expm1(z)); },
       [](double z) { return selu_scale * (z > 0 ? 1 : selu_alpha * std::exp(z)); }},
      {"gelu", "GELU", [](double z) { return z * cumulative(z); },
       [](double z) { return cumulative(z) + z * density(z); }},
      {"silu", "SiLU", [](double z) { return z * logistic(z); },
       [](double z) { return logistic(z) * (1 + z * (1 - logistic(z))); }},
      {"tanh", "Tanh", [](double z) { return std::tanh(z); },
       [](double z) { return 1 - squared(std::tanh(z)); }},
      {"sigmoid", "Sigmoid", logistic, [](double z) { return logistic(z) * (1 - logistic(z)); }},
      {"softplus", "Softplus", [](double z) { return z > 30 ? z : std::log1p(std::exp(z)); },
       logistic},
  };
  return table;
}

const PointwiseActivation& find_activation(const std::string& name) {
  std::vector<std::string> names;
  for (const PointwiseActivation& activation : activation_table()) {
    if (activation.name == name) return activation;
    names.push_back(activation.name);
  }
  throw Error(
      fmt::format("unknown activation \"{}\"; expected one of {}", name, fmt::join(names, ", ")));
}

double gaussian_mean(const std::function<double(double)>& f) {
  double sum = 0;
  for (const auto& [z, weight] : nodes()) sum += weight * f(z);
  return sum;
}

double analytic_gain(const PointwiseActivation& a) {
  return 1 / std::sqrt(gaussian_mean([&](double z) { return squared(a.value(z)); }));
}

double backward_gain(const PointwiseActivation& a) {
  return 1 / std::sqrt(gaussian_mean([&](double z) { return squared(a.slope(z)); }));
}

MeanField::MeanField(const PointwiseActivation& activation, double sigma_w, double sigma_b)
    : activation_(activation), weight_(squared(sigma_w)), bias_(squared(sigma_b)), q_(1) {
  if (!(sigma_w >= 0) || !(sigma_b >= 0))
    throw Error(fmt::format("mean field: sigma_w and sigma_b must not be negative, got {} and {}",
                            sigma_w, sigma_b));
  constexpr double too_large = 1e12, settled = 1e-13;
  for (int layer = 0; layer < 20'000; ++layer) {
    const double next = variance(q_);
    const bool done = std::abs(next - q_) <= settled * q_;
    q_ = next;
    if (done) return;
    if (q_ > too_large) break;
  }
  if (q_ > 1) q_ = std::numeric_limits<double>::infinity();
}

double MeanField::variance(double q) const {
  const double root = std::sqrt(q);
  return bias_ +
         weight_ * gaussian_mean([&](double z) { return squared(activation_.value(root * z)); });
}

double MeanField::fixed_point() const { return q_; }

double MeanField::chi() const {
  constexpr double least = 1e-24;  // where q* is 0 the slopes are those just beside it
  const double root = std::sqrt(std::max(q_, least));
  return weight_ * gaussian_mean([&](double z) { return squared(activation_.slope(root * z)); });
}

double MeanField::correlation(double c) const {
  const double root = std::sqrt(q_), rest = std::sqrt(std::max(0., 1 - c * c));
  const double product = gaussian_mean([&](double z) {
    return activation_.value(root * z) * gaussian_mean([&](double other) {
             return activation_.value(root * (c * z + rest * other));
           });
  });
  return (weight_ * product + bias_) / q_;
}

double MeanField::slope_of_correlation(double c) const {
  const double root = std::sqrt(q_), rest = std::sqrt(std::max(0., 1 - c * c));
  return weight_ * gaussian_mean([&](double z) {
           return activation_.slope(root * z) * gaussian_mean([&](double other) {
                    return activation_.slope(root * (c * z + rest * other));
                  });
         });
}

double MeanField::fixed_correlation() const {
  if (chi() <= 1) return 1;
  double c = 0.5;
  for (int layer = 0; layer < 300; ++layer) {
    const double next = correlation(c);
    if (std::abs(next - c) < 1e-10) return next;
    c = next;
  }
  return c;
}

double MeanField::depth_scale() const {
  const double slope = chi() <= 1 ? chi() : slope_of_correlation(fixed_correlation());
  if (!(slope > 0)) return 0;
  return slope >= 1 ? std::numeric_limits<double>::infinity() : -1 / std::log(slope);
}

Critical critical(const PointwiseActivation& activation, double q) {
  if (!(q > 0)) throw Error(fmt::format("critical: q must be above 0, got {}", q));
  const double root = std::sqrt(q);
  const auto mean = [&](const std::function<double(double)>& f) {
    return gaussian_mean([&](double z) { return squared(f(root * z)); });
  };
  const double weight = 1 / mean(activation.slope), bias = q - weight * mean(activation.value);
  constexpr double rounding = 1e-12;
  if (bias < -rounding * q)
    throw Error(
        fmt::format("critical: {} has no critical point at q = {}: sigma_b^2 would be {:.3g}",
                    activation.name, q, bias));
  return {std::sqrt(weight), std::sqrt(std::max(bias, 0.))};
}

}  // namespace fanin
