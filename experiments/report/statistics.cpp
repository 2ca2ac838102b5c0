#include "experiments/report/statistics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "framework/core/error.hpp"

namespace fanin {
namespace {

// The x >= 0 at which an increasing function reaches `target`.
template <class Function>
double solve(const Function& function, double target) {
  double low = 0, high = 1;
  while (function(high) < target && high < 1e300) high *= 2;
  for (;;) {
    const double middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) return high;
    (function(middle) < target ? low : high) = middle;
  }
}

// P(|t| < x) of Student's t; Abramowitz & Stegun 26.7.3 and 26.7.4.
double student_between(double x, std::size_t freedom) {
  const double angle = std::atan(x / std::sqrt(static_cast<double>(freedom)));
  const double cosine = std::cos(angle);
  const bool odd = freedom % 2 == 1;
  double sum = 0, term = odd ? cosine : 1;
  for (std::size_t k = odd ? 1 : 0; k + 2 <= freedom; k += 2) {
    sum += term;
    term *= cosine * cosine * static_cast<double>(k + 1) / static_cast<double>(k + 2);
  }
  sum *= std::sin(angle);
  return odd ? 2 / std::numbers::pi * (angle + sum) : sum;
}

// The quantile of sorted values.
double sorted_quantile(const std::vector<double>& values, double p) {
  if (values.empty()) return NAN;
  const double place = static_cast<double>(values.size() - 1) * p;
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  const double part = place - static_cast<double>(below);
  if (part == 0 || values[below] == values[above]) return values[below];  // infinite ones too
  return (1 - part) * values[below] + part * values[above];
}

std::vector<double> sorted(std::vector<double> values) {
  if (std::ranges::any_of(values, [](double value) { return std::isnan(value); }))
    throw Error("quantile: a value is NaN");
  std::ranges::sort(values);
  return values;
}

}  // namespace

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double variance(const std::vector<double>& values) {
  if (values.size() < 2) return NAN;
  const auto [least, most] = std::ranges::minmax_element(values);
  if (*least == *most) return 0;  // a rounded mean would leave a trace
  const double middle = mean(values);
  double squares = 0;
  for (const double value : values) squares += std::pow(value - middle, 2);
  return squares / (static_cast<double>(values.size()) - 1);
}

double sign_tail(std::size_t successes, std::size_t n) {
  const auto count = static_cast<double>(n);
  double tail = 0;
  for (std::size_t i = 0; i + successes <= n; ++i) {  // the failures
    const auto k = static_cast<double>(i);
    tail += std::exp(std::lgamma(count + 1) - std::lgamma(k + 1) - std::lgamma(count - k + 1) -
                     count * std::numbers::ln2);
  }
  return std::min(tail, 1.);
}

double quantile(const std::vector<double>& values, double p) {
  if (!(p >= 0 && p <= 1)) throw Error("quantile: {} does not lie in [0, 1]", p);
  return sorted_quantile(sorted(values), p);
}

double median(const std::vector<double>& values) { return quantile(values, 0.5); }

Quartiles quartiles(const std::vector<double>& values) {
  const std::vector<double> in_order = sorted(values);
  return {sorted_quantile(in_order, 0.25), sorted_quantile(in_order, 0.5),
          sorted_quantile(in_order, 0.75)};
}

Interval wilson(std::size_t successes, std::size_t n, double confidence) {
  if (!(confidence > 0 && confidence < 1)) throw Error("wilson: confidence {}", confidence);
  if (successes > n) throw Error("wilson: {} successes of {}", successes, n);
  if (n == 0) return {0, 1};
  const auto count = static_cast<double>(n);
  const double p = static_cast<double>(successes) / count;
  const auto normal_between = [](double x) { return std::erf(x / std::numbers::sqrt2); };
  const double z = solve(normal_between, confidence);
  const double shrink = 1 + z * z / count;
  const double middle = (p + z * z / (2 * count)) / shrink;
  const double half = z / shrink * std::sqrt(p * (1 - p) / count + z * z / (4 * count * count));
  return {successes == 0 ? 0 : middle - half, successes == n ? 1 : middle + half};
}

std::vector<SurvivalStep> kaplan_meier(std::vector<Arrival> arrivals) {
  for (const Arrival& arrival : arrivals)
    if (std::isnan(arrival.time)) throw Error("kaplan_meier: a time is NaN");
  std::ranges::sort(arrivals, {}, &Arrival::time);
  std::vector<SurvivalStep> curve;
  double waiting = 1;
  for (std::size_t i = 0; i < arrivals.size();) {
    SurvivalStep step{arrivals[i].time, waiting, arrivals.size() - i, 0};
    for (; i < arrivals.size() && arrivals[i].time == step.time; ++i)
      step.arrived += arrivals[i].reached;
    if (step.arrived == 0) continue;
    waiting *= static_cast<double>(step.at_risk - step.arrived) / static_cast<double>(step.at_risk);
    step.waiting = waiting;
    curve.push_back(step);
  }
  return curve;
}

std::optional<double> median_time(const std::vector<SurvivalStep>& curve) {
  constexpr double rounding = 1e-9;  // of the products
  const auto half =
      std::ranges::find_if(curve, [](const auto& step) { return step.waiting <= 0.5 + rounding; });
  if (half == curve.end()) return std::nullopt;
  const bool rests = half->waiting >= 0.5 - rounding && half + 1 != curve.end();
  return rests ? (half->time + (half + 1)->time) / 2 : half->time;
}

double student_quantile(double between, std::size_t freedom) {
  return solve([freedom](double x) { return student_between(x, freedom); }, between);
}

PairedDifference compare_pairs(const std::vector<double>& a, const std::vector<double>& b,
                               std::size_t comparisons, double cost_a, double cost_b) {
  if (a.size() != b.size()) throw Error("compare_pairs: {} values and {}", a.size(), b.size());
  PairedDifference result{a.size(), 0, 0, NAN, {NAN, NAN}, NAN};
  std::vector<double> differences;
  for (std::size_t i = 0; i < a.size(); ++i) {
    differences.push_back(a[i] - b[i]);
    if (!std::isfinite(differences.back())) throw Error("compare_pairs: a value is not finite");
    result.above += a[i] > b[i];
    result.below += a[i] < b[i];
  }
  if (differences.empty()) return result;
  std::ranges::sort(differences);  // so that the order of the pairs leaves no trace
  result.mean = mean(differences);
  if (result.n < 2) return result;
  const auto n = static_cast<double>(result.n), m = static_cast<double>(comparisons);
  const double error = std::sqrt(variance(differences) / n);
  const double half = student_quantile(1 - 0.05 / m, result.n - 1) * error;
  result.interval = {result.mean - half - cost_b, result.mean + half + cost_a};
  const double beyond = std::max({result.mean - cost_b, -result.mean - cost_a, 0.});
  const double t = beyond / error;  // infinite if all differences are the same
  result.p = beyond == 0 ? 1 : std::clamp(m * (1 - student_between(t, result.n - 1)), 0., 1.);
  return result;
}

}  // namespace fanin
