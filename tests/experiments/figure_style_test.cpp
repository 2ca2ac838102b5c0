#include "experiments/charts/figure.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "tests/support/catch.hpp"

namespace fanin {
namespace {

// The smallest distance in CIELAB between two colours, as a kind of eye sees them. The matrices are
// those of Machado, Oliveira & Fernandes 2009, for linear RGB.
double nearest(std::string Style::*which, const std::array<double, 9>& eye) {
  std::vector<std::array<double, 3>> labs;
  for (const Style& style : palette()) {
    std::array<double, 3> linear{}, seen{};
    for (std::size_t i = 0; i < 3; ++i) {
      const double c = std::stoi((style.*which).substr(1 + 2 * i, 2), nullptr, 16) / 255.0;
      linear[i] = c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
    }
    for (std::size_t i = 0; i < 3; ++i)
      seen[i] = std::clamp(
          eye[3 * i] * linear[0] + eye[3 * i + 1] * linear[1] + eye[3 * i + 2] * linear[2], 0., 1.);
    const auto f = [](double t) {
      return t > 216. / 24389 ? std::cbrt(t) : (24389. / 27 * t + 16) / 116;
    };
    const double x = f((0.4124 * seen[0] + 0.3576 * seen[1] + 0.1805 * seen[2]) / 0.95047),
                 y = f(0.2126 * seen[0] + 0.7152 * seen[1] + 0.0722 * seen[2]),
                 z = f((0.0193 * seen[0] + 0.1192 * seen[1] + 0.9505 * seen[2]) / 1.08883);
    labs.push_back({116 * y - 16, 500 * (x - y), 200 * (y - z)});
  }
  double least = INFINITY;
  for (std::size_t i = 0; i < labs.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      least = std::min(least, std::hypot(labs[i][0] - labs[j][0], labs[i][1] - labs[j][1],
                                         labs[i][2] - labs[j][2]));
  return least;
}

TEST_CASE("colours are distinct on light and dark backgrounds, for colour-blind eyes too") {
  const std::array<double, 9> usual = {1, 0, 0, 0, 1, 0, 0, 0, 1},
                              protan = {0.152286, 1.052583,  -0.204868, 0.114503, 0.786281,
                                        0.099216, -0.003882, -0.048116, 1.051998},
                              deutan = {0.367322, 0.860646, -0.227968, 0.280085, 0.672501,
                                        0.047413, -0.01182, 0.04294,   0.968881};
  for (const auto& eye : {usual, protan, deutan}) {
    CHECK(nearest(&Style::color, eye) >= 16);
    CHECK(nearest(&Style::dark, eye) >= 16);
  }
}

}  // namespace
}  // namespace fanin
