#include "experiments/sweep/forecast.hpp"

#include <cmath>

#include "experiments/task/models.hpp"
#include "tests/support/catch.hpp"

namespace fanin {
namespace {

TEST_CASE("forecast: unknown before any run has ended") {
  CHECK(std::isnan(Forecast().seconds_left({}, {1, 1}, 2)));
  CHECK(std::isnan(Forecast().seconds_left({{1, 3, 0}}, {1}, 2)));
}

TEST_CASE("forecast: a run takes time in proportion to its predicted cost") {
  Forecast forecast;
  forecast.ended(1, 10);
  forecast.ended(1, 14);
  CHECK(forecast.seconds_left({}, {1, 1}, 1) == Approx(24));
  CHECK(forecast.seconds_left({}, {5}, 1) == Approx(60));
  CHECK(forecast.seconds_left({}, {5, 5}, 2) == Approx(60));
  CHECK(forecast.seconds_left({}, {5, 1, 1}, 2) == Approx(60));  // the longest run decides
  forecast.ended(6, 24);                                         // it took less than predicted
  CHECK(forecast.seconds_left({}, {5, 1}, 1) == Approx(36));
}

TEST_CASE("forecast: a run that has come far is predicted from its own progress") {
  Forecast forecast;
  CHECK(forecast.seconds_left({{1, 30, 0.25}}, {}, 2) == Approx(90));
  CHECK(forecast.seconds_left({{1, 30, 0.25}}, {1}, 1) == Approx(90 + 120));
  forecast.ended(1, 40);
  CHECK(forecast.seconds_left({{1, 10, 0.01}}, {}, 1) == Approx(30));
}

TEST_CASE("cost: counts the multiplications of a network") {
  Generator generator;
  const auto of = [&](const char* name) {
    return network_cost(*make_model(name, generator), Array::full({1, 1, 28, 28}, 0)).multiply_adds;
  };
  CHECK(of("mlp:depth=2,width=16") == 784 * 16 + 16 * 10);
  CHECK(of("lenet5") == 784 * 6 * 25 + 100 * 16 * 150 + 400 * 120 + 120 * 84 + 84 * 10);
  CHECK(of("lstm:hidden=8") == 28 * 4 * 8 * (28 + 8) + 8 * 10);
}

}  // namespace
}  // namespace fanin
