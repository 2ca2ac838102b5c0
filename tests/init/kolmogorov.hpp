#pragma once

#include <functional>

#include "tests/support/arrays.hpp"

namespace fanin {

// The Kolmogorov-Smirnov test: the probability that a sample from this distribution differs from it
// as much as this sample does.
inline double p_value(std::vector<Real> sorted, const std::function<double(double)>& distribution) {
  std::sort(sorted.begin(), sorted.end());
  const auto n = static_cast<double>(sorted.size());
  double distance = 0;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const double p = distribution(sorted[i]);
    distance =
        std::max({distance, static_cast<double>(i + 1) / n - p, p - static_cast<double>(i) / n});
  }
  const double t = distance * (std::sqrt(n) + 0.12 + 0.11 / std::sqrt(n));
  double p = 0;
  for (int k = 1; k < 100; ++k) p += (k % 2 == 1 ? 2 : -2) * std::exp(-2 * k * k * t * t);
  return std::min(p, 1.0);
}

}  // namespace fanin
