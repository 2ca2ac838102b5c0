#include "init/mean_field.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "framework/core/error.hpp"
#include "framework/core/text.hpp"
#include "init/named_options.hpp"

namespace fanin::init {
namespace {

constexpr double far = 10;  // beyond it lies 1e-23 of a normal variable

// By Gauss and Legendre's rule of five nodes in each of so many panels.
template <class Function>
double integrate(const Function& f, double from, double to, std::size_t panels) {
  constexpr double nodes[] = {0, 0.53846931010568309104, 0.90617984593866399280};
  constexpr double weights[] = {0.56888888888888888889, 0.47862867049936646804,
                                0.23692688505618908751};
  const double half = (to - from) / static_cast<double>(2 * panels);
  double sum = 0;
  for (std::size_t i = 0; i < panels; ++i) {
    const double middle = from + static_cast<double>(2 * i + 1) * half;
    sum += weights[0] * f(middle);
    for (int k : {1, 2})
      sum += weights[k] * (f(middle - nodes[k] * half) + f(middle + nodes[k] * half));
  }
  return half * sum;
}

// E[f(sqrt(q) z)], f with the activation's kinks.
template <class Function>
double mean_at(const Function& f, double q, const std::vector<double>& kinks) {
  const double s = std::sqrt(q);
  std::vector<double> ends{-far, far};
  for (double kink : kinks)
    if (std::abs(kink / s) < far) ends.push_back(kink / s);
  std::ranges::sort(ends);
  double sum = 0;
  for (std::size_t i = 0; i + 1 < ends.size(); ++i)
    sum += integrate([&](double z) { return f(s * z) * std::exp(-z * z / 2); }, ends[i],
                     ends[i + 1], static_cast<std::size_t>(25 * (ends[i + 1] - ends[i])) + 1);
  return sum * std::numbers::inv_sqrtpi / std::numbers::sqrt2;
}

double square(double x) { return x * x; }

double mean_square(const std::function<double(double)>& f, double q,
                   const std::vector<double>& kinks) {
  return mean_at([&](double x) { return square(f(x)); }, q, kinks);
}

// E[f(u1) f(u2)] for normal u1, u2 of variance q and correlation c, to 7 digits, in polar
// coordinates: a kink at u = 0 is a ray, at which the angle is split, and mirroring at the bisector
// swaps u1 and u2.
double pair_mean(const std::function<double(double)>& f, double q, double c) {
  const double pi = std::numbers::pi, s = std::sqrt(q);
  const double between = std::acos(std::clamp(c, -1.0, 1.0));
  const auto along = [&](double angle) {
    const double a = s * std::cos(angle), b = s * std::cos(angle - between);
    return integrate([&](double r) { return r * std::exp(-r * r / 2) * f(a * r) * f(b * r); }, 0,
                     far, 25);
  };
  const double ends[] = {between / 2, pi / 2, between + pi / 2, between / 2 + pi};
  double sum = 0;
  for (int i = 0; i < 3; ++i) sum += integrate(along, ends[i], ends[i + 1], 8);
  return sum / pi;
}

// Where f, positive at `low` and not at `high`, crosses 0.
template <class Function>
double crossing(const Function& f, double low, double high) {
  for (int step = 0; step < 60; ++step) {
    const double middle = (low + high) / 2;
    (f(middle) > 0 ? low : high) = middle;
  }
  return (low + high) / 2;
}

constexpr double least_q = 1e-12, most_q = 1e12;  // beyond them q* is 0 or infinite
constexpr double noise = 1e-12;                   // relative, of the integrals

// The variance map rises, so signals move towards its next fixed point on their side and stay
// there.
double fixed_variance(const MeanField& net, double q) {
  const auto growth = [&](double x) {
    const double change = net.variance(x) - x;
    return std::abs(change) <= noise * x ? 0 : change;
  };
  const double start = growth(q);
  if (start == 0) return q;
  for (double next = q; next > least_q && next < most_q; q = next) {
    next = start > 0 ? 2 * q : q / 2;
    if (growth(next) == 0) return next;
    if (growth(next) * start < 0) return crossing(growth, std::min(q, next), std::max(q, next));
  }
  return start > 0 ? std::numeric_limits<double>::infinity() : 0;
}

// The correlation map is convex and 1 at 1: another fixed point lies below if its slope there,
// chi_1, is above 1.
double fixed_correlation(const MeanField& net, double q) {
  const auto growth = [&](double c) { return net.correlation(c, q) - c; };
  constexpr double close = 1 - 1e-6;
  if (net.chi(q) <= 1 || growth(close) >= 0) return 1;
  return growth(0) <= 0 ? 0 : crossing(growth, 0, close);
}

double depth_scale(double slope) {
  return std::abs(slope - 1) < 1e-9 ? std::numeric_limits<double>::infinity()
                                    : -1 / std::log(slope);
}

void check_variance(const char* function, double q) {
  if (!(q > 0) || !std::isfinite(q))
    throw Error("{}: the variance q must be positive and finite, got {}", function, q);
}

double gain(const PointwiseActivation& phi, const std::function<double(double)>& f) {
  const double mean = mean_square(f, 1, phi.kinks);
  if (!(mean > 0) || !std::isfinite(mean))
    throw Error("{} has no gain: its mean square is {}", phi.name, mean);
  return 1 / std::sqrt(mean);
}

}  // namespace

std::vector<std::string> activation_names() {
  std::vector<std::string> names;
  for (const ActivationRow& row : activation_table())
    if (!row.name.empty()) names.push_back(row.name);
  return names;
}

PointwiseActivation activation(const std::string& text) {
  const NamedOptions options(text);
  const std::string name = options.name() == "none" ? "linear" : options.name();  // models say none
  const auto row = std::ranges::find_if(activation_table(), [&name](const ActivationRow& known) {
    return !known.name.empty() && (known.name == name || known.layer.type == name);
  });
  if (row == activation_table().end())
    throw UsageError("unknown activation \"{}\"; expected one of {}", options.name(),
                     join(activation_names(), ", "));
  std::vector<std::string> numbers;
  std::vector<Value> arguments;
  for (const Field& field : row->layer.fields) {
    arguments.push_back(*field.fallback);
    if (!is_number(arguments.back())) continue;
    numbers.push_back(field.name);
    arguments.back() = options.number(field.name, number_of(arguments.back()));
  }
  options.allow(numbers);
  return row->curve(arguments);
}

std::optional<PointwiseActivation> activation_of(const Module& layer) {
  const ActivationRow* row = find_activation(layer.type());
  if (!row || !row->curve) return {};
  std::vector<Value> arguments = layer.arguments();
  if (layer.type() == "PReLU") {  // a leaky ReLU while all its slopes are the same
    const Array slopes = layer.named_parameters(false).at(0).second.value();
    const double slope = slopes.data()[0];
    if (!std::all_of(slopes.begin(), slopes.end(), [=](Real s) { return s == slope; })) return {};
    arguments.at(1) = slope;
  }
  return row->curve(arguments);
}

double gaussian_mean(const std::function<double(double)>& f, const std::vector<double>& kinks) {
  return mean_at(f, 1, kinks);
}

double analytic_gain(const PointwiseActivation& phi) { return gain(phi, phi.value); }

double backward_gain(const PointwiseActivation& phi) { return gain(phi, phi.slope); }

double MeanField::variance(double q) const {
  return square(sigma_w) * mean_square(phi.value, q, phi.kinks) + square(sigma_b);
}

double MeanField::variance_slope(double q) const {
  const auto f = [&](double x) { return x * phi.value(x) * phi.slope(x); };
  return square(sigma_w) * mean_at(f, q, phi.kinks) / q;
}

double MeanField::correlation(double c, double q) const {
  return (square(sigma_w) * pair_mean(phi.value, q, c) + square(sigma_b)) / variance(q);
}

double MeanField::chi(double q, double c) const {
  return square(sigma_w) *
         (c == 1 ? mean_square(phi.slope, q, phi.kinks) : pair_mean(phi.slope, q, c));
}

FixedPoint fixed_point(const MeanField& net, double q) {
  check_variance("fixed_point", q);
  FixedPoint point{};
  point.q = fixed_variance(net, q);
  const double near = std::clamp(point.q, least_q, most_q);
  point.c = fixed_correlation(net, near);
  point.chi_1 = net.chi(near);
  point.xi_q = depth_scale(net.variance_slope(near));
  point.xi_c = depth_scale(net.chi(near, point.c));
  return point;
}

MeanField critical(const PointwiseActivation& phi, double q) {
  check_variance("critical", q);
  const double weight_variance = 1 / mean_square(phi.slope, q, phi.kinks);
  const double from_below = weight_variance * mean_square(phi.value, q, phi.kinks);
  if (!(from_below <= q * (1 + noise)))
    throw Error(
        "critical: {} has no critical point of variance {}: sigma_w^2 = {:.4g} alone makes it "
        "{:.4g}, so sigma_b^2 would be negative",
        phi.name, q, weight_variance, from_below);
  const double rest = q - from_below;
  return {phi, std::sqrt(weight_variance), rest <= noise * q ? 0 : std::sqrt(rest)};
}

double stable_variance(const PointwiseActivation& phi) {
  constexpr double least = 0x1p-8, most = 32, rounding = 1e-9;
  // By how much an error in q grows in a layer of the critical network; infinite without one.
  const auto excess = [&phi](double q) {
    const double weight_variance = 1 / mean_square(phi.slope, q, phi.kinks);
    const double from_below = weight_variance * mean_square(phi.value, q, phi.kinks);
    if (!(from_below <= q * (1 + rounding))) return HUGE_VAL;
    const double growth = MeanField{phi, std::sqrt(weight_variance), 0}.variance_slope(q) - 1;
    return growth <= rounding ? 0 : growth;
  };
  double q = least;
  while (excess(q) > 0 && q < most) q *= 2;
  if (excess(q) > 0)
    throw Error(
        "stable: {} has no stable point, as its biases would need a negative variance; use "
        "{} instead",
        phi.name,
        std::abs(phi.value(1e3) - phi.value(-1e3)) < 10 ? "orthogonal:gain=4" : "kaiming_normal");
  if (q == least) return 1;
  return crossing(excess, q / 2, q);
}

MeanField stable(const PointwiseActivation& phi) { return critical(phi, stable_variance(phi)); }

}  // namespace fanin::init
