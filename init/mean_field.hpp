#pragma once

#include <optional>
#include <string>
#include <vector>

#include "framework/nn/activation_table.hpp"

// What theory says about wide random networks, in double and without a draw: gains, and how far
// signals reach. Measurements can be compared with it.
namespace fanin::init {

using fanin::PointwiseActivation;

// An activation by the name that models use or that of PyTorch's layer, with PyTorch's argument if
// it takes one: "tanh", "leaky_relu:negative_slope=0.2". Throws UsageError for another text.
PointwiseActivation activation(const std::string& text);
std::vector<std::string> activation_names();

// The activation that a layer computes with its arguments, or nothing if it is not pointwise.
std::optional<PointwiseActivation> activation_of(const Module& layer);

// E[f(z)] for z ~ N(0, 1), to 12 digits: [-10, 10] has panels at most 1/25 wide, of five
// Gauss-Legendre nodes. Panels end at the kinks, where Gauss-Hermite nodes would lose digits.
double gaussian_mean(const std::function<double(double)>& f,
                     const std::vector<double>& kinks = {0});

// 1 / sqrt(E[phi(z)^2]): weights N(0, gain^2 / fan_in) keep pre-activations at variance 1; sqrt(2)
// for ReLU, 1 for SELU, 1.5925 for tanh, for which calculate_gain has 5/3. Throws Error if the mean
// is 0 or not finite; so does backward_gain.
double analytic_gain(const PointwiseActivation& phi);
// 1 / sqrt(E[phi'(z)^2]): the same for gradients on their way back, by fan_out.
double backward_gain(const PointwiseActivation& phi);

// The wide network h = W phi(h) + b, W ~ N(0, sigma_w^2 / fan_in), b ~ N(0, sigma_b^2); Poole et
// al. 2016. q is the variance of a pre-activation, and c its correlation between two inputs.
struct MeanField {
  PointwiseActivation phi;
  double sigma_w = 1, sigma_b = 0;

  // The variance after one more layer: sigma_w^2 E[phi(sqrt(q) z)^2] + sigma_b^2.
  double variance(double q) const;
  double variance_slope(double q) const;  // the derivative of variance()
  // The correlation after one more layer, if both inputs have variance q. For normal u1, u2 of
  // correlation c it is (sigma_w^2 E[phi(u1) phi(u2)] + sigma_b^2) / variance(q). This assumes that
  // phi has a kink only at 0. So does chi() unless c = 1.
  double correlation(double c, double q) const;
  // sigma_w^2 E[phi'(u1) phi'(u2)]. For c = 1 this is chi_1: a layer multiplies small squared
  // differences, and squared gradients, by it. Networks below 1 are ordered, above 1 chaotic.
  double chi(double q, double c = 1) const;
};

// Where signals end up after many layers, and how fast; Schoenholz et al. 2017.
struct FixedPoint {
  double q;      // q*, which may be 0 or infinity
  double c;      // c*: the stable correlation, 1 unless chaotic
  double chi_1;  // at q*
  // |q - q*| falls as exp(-layer / xi_q), |c - c*| as exp(-layer / xi_c) with xi_c =
  // -1 / log chi(q*, c*): infinite if critical, negative if the distance grows.
  double xi_q, xi_c;
};
// The fixed point that signals of variance q reach. Throws Error unless q is positive and finite.
FixedPoint fixed_point(const MeanField& net, double q = 1);

// The critical network: chi_1 = 1, and signals stay at variance q. Here sigma_w^2 is
// 1 / E[phi'(sqrt(q) z)^2] and sigma_b^2 is q - sigma_w^2 E[phi(sqrt(q) z)^2]. Throws Error if
// sigma_b^2 is negative, as for sigmoid, or if q is not positive and finite.
MeanField critical(const PointwiseActivation& phi, double q = 1);

// The variance that `stable` inits keep: the smallest q whose critical network does not amplify
// errors in q, so that chi_par = variance_slope(q) <= 1 while chi_1 = 1; Roberts, Yaida & Hanin
// 2022, section 5.3. It is 1 if every q qualifies, as for tanh and ReLU. Throws Error if there is
// no such q up to 32, as the biases would need a negative variance.
double stable_variance(const PointwiseActivation& phi);
MeanField stable(const PointwiseActivation& phi);  // critical() at that variance

}  // namespace fanin::init
