#pragma once

#include <functional>
#include <string>
#include <vector>

// What theory says of wide random networks, in double precision; nothing here draws.
namespace fanin {

// A pointwise activation and its slope.
struct PointwiseActivation {
  std::string name;   // as the mlp model's act= has it
  std::string layer;  // its layer's type
  std::function<double(double)> value, slope;
};

const std::vector<PointwiseActivation>& activation_table();
const PointwiseActivation& find_activation(const std::string& name);  // throws Error

// E[f(z)], z ~ N(0, 1), to about 1e-13 where f has no kink but at 0.
double gaussian_mean(const std::function<double(double)>& f);

// The gain that keeps E[phi(z)^2], and the one that keeps gradients, E[phi'(z)^2], where z ~ N(0,
// 1): 1 / sqrt of each. calculate_gain()'s sqrt(2) for ReLU is both; its 5/3 for tanh is neither.
double analytic_gain(const PointwiseActivation& activation);
double backward_gain(const PointwiseActivation& activation);

// A wide layer z' = W phi(z) + b with W ~ N(0, sigma_w^2 / fan_in) and b ~ N(0, sigma_b^2), as
// Poole et al. 2016 and Schoenholz et al. 2017 have it; q is the mean square of z, c the
// correlation of the z of two inputs.
class MeanField {
 public:
  MeanField(const PointwiseActivation& activation, double sigma_w, double sigma_b);

  double variance(double q) const;  // the next layer's q: sigma_w^2 E[phi(sqrt(q) z)^2] + sigma_b^2
  double fixed_point() const;       // q*, from 1 on; infinite where q grows without end
  double correlation(double c) const;  // the next layer's c, at q*
  double fixed_correlation() const;    // c*, which two inputs end at
  double chi() const;                  // how a gradient's square grows a layer: sigma_w^2 E[phi'^2]

  // xi_c, the layers in which the distance from c* falls to 1/e: how deep a signal reaches.
  // Infinite on the critical line, 0 where everything is forgotten at once.
  double depth_scale() const;

 private:
  double slope_of_correlation(double c) const;
  const PointwiseActivation& activation_;
  double weight_, bias_;  // variances
  double q_;              // q*
};

// The (sigma_w, sigma_b) at which q is a fixed point and chi is 1: sigma_w^2 = 1 / E[phi'(sqrt(q)
// z)^2], sigma_b^2 = q - sigma_w^2 E[phi(sqrt(q) z)^2]. Throws Error where there is none.
struct Critical {
  double sigma_w, sigma_b;
};
Critical critical(const PointwiseActivation& activation, double q = 1);

}  // namespace fanin
