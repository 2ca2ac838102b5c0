#include <cmath>
#include <functional>

#include "init/init.hpp"
#include "tests/init/kolmogorov.hpp"
#include "tests/support/catch.hpp"

// Compares large draws with the distribution that each function promises.
namespace fanin {
namespace {

std::function<double(double)> uniform_within(double a, double b) {
  return [=](double x) { return std::clamp((x - a) / (b - a), 0.0, 1.0); };
}

std::function<double(double)> normal_of(double mean, double std) {
  return [=](double x) { return std::erfc((mean - x) / std / std::sqrt(2.0)) / 2; };
}

struct Draw {
  std::string name;
  std::function<void(const Tensor&, Generator&)> fill;
  bool is_uniform;
  double std;  // the mean is 0
};

void check(const Shape& shape, const Draw& draw) {
  for (std::uint64_t seed : {1, 2}) {
    const Tensor t{Array(shape)};
    Generator generator(seed);
    draw.fill(t, generator);
    const double bound = std::sqrt(3.0) * draw.std;
    INFO(draw.name << " of " << to_string(shape) << ", seed " << seed);
    CHECK(p_value(t.value().to_vector(),
                  draw.is_uniform ? uniform_within(-bound, bound) : normal_of(0, draw.std)) > 1e-4);
    double square = 0;
    for (Real value : t.value()) square += static_cast<double>(value) * value;
    CHECK(std::sqrt(square / static_cast<double>(t.size())) == Approx(draw.std).epsilon(0.02));
    // The test would notice a distribution that is a tenth wider.
    CHECK(p_value(t.value().to_vector(), draw.is_uniform ? uniform_within(-1.1 * bound, 1.1 * bound)
                                                         : normal_of(0, 1.1 * draw.std)) < 1e-4);
  }
}

TEST_CASE("distributions: uniform and normal with their arguments") {
  for (std::uint64_t seed : {1, 2, 3}) {
    Generator generator(seed);
    const Tensor t{Array({100'000})};
    init::uniform_(t, -2, 5, generator);
    CHECK(p_value(t.value().to_vector(), uniform_within(-2, 5)) > 1e-4);
    init::normal_(t, 3, 0.25, generator);
    CHECK(p_value(t.value().to_vector(), normal_of(3, 0.25)) > 1e-4);
    Array pairs({20'000});  // small fills use another algorithm
    for (std::size_t i = 0; i < pairs.size(); i += 5) {
      const Tensor five{Array({5})};
      init::normal_(five, 3, 0.25, generator);
      std::copy(five.value().begin(), five.value().end(), pairs.data() + i);
    }
    CHECK(p_value(pairs.to_vector(), normal_of(3, 0.25)) > 1e-4);
  }
}

// So far out, the tail is exponential with rate `low`, up to terms of order 1 / low^2.
TEST_CASE("distributions: a normal truncated far out, where its tail underflows") {
  for (const double low : {29.0, 31.0, 40.0, 300.0})
    for (const bool turned : {false, true}) {
      Generator generator(1);
      const Tensor t{Array({5'000})};
      const double mean = turned ? low : -low;
      init::trunc_normal_(t, mean, 1, turned ? -1.0 : 0.0, turned ? 0.0 : 1.0, generator);
      std::vector<Real> above;
      for (const Real value : t.value()) above.push_back(turned ? -value : value);
      INFO(low << (turned ? " turned" : ""));
      CHECK(p_value(above, [=](double x) { return 1 - std::exp(-low * x - x * x / 2); }) > 1e-4);
    }
}

TEST_CASE("distributions: every scheme has the variance that the fans of a layer require") {
  for (const Shape& shape : {Shape{400, 100}, Shape{100, 400}, Shape{64, 32, 5, 3}}) {
    const init::Fans fans = init::calculate_fans(shape);
    const auto in = static_cast<double>(fans.in), out = static_cast<double>(fans.out);
    for (double gain : {1.0, 5.0 / 3}) {
      const double std = gain * std::sqrt(2 / (in + out));
      check(shape,
            {"xavier_uniform_",
             [=](const Tensor& t, Generator& g) { init::xavier_uniform_(t, gain, g); }, true, std});
      check(shape,
            {"xavier_normal_",
             [=](const Tensor& t, Generator& g) { init::xavier_normal_(t, gain, g); }, false, std});
    }
    for (const auto& [mode, fan] : {std::pair<std::string, double>("fan_in", in), {"fan_out", out}})
      for (const auto& [phi, a] : {std::pair<std::string, double>("relu", 0), {"leaky_relu", 1}}) {
        const double std = std::sqrt((phi == "relu" ? 2.0 : 1.0) / fan);
        check(shape, {"kaiming_uniform_ " + mode,
                      [mode = mode, phi = phi, a = a](const Tensor& t, Generator& g) {
                        init::kaiming_uniform_(t, a, mode, phi, g);
                      },
                      true, std});
        check(shape, {"kaiming_normal_ " + mode,
                      [mode = mode, phi = phi, a = a](const Tensor& t, Generator& g) {
                        init::kaiming_normal_(t, a, mode, phi, g);
                      },
                      false, std});
      }
  }
}

}  // namespace
}  // namespace fanin
