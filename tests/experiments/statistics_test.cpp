#include "experiments/report/statistics.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <random>

#include "framework/core/error.hpp"
#include "tests/support/catch.hpp"

namespace fanin {
namespace {

using Values = std::vector<double>;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

TEST_CASE("statistics: quantiles equal those of R and NumPy (type 7)") {
  const Values values = {4, 1, 3, 2};
  CHECK(quantile(values, 0) == 1);
  CHECK(quantile(values, 0.1) == Approx(1.3));
  CHECK(quantile(values, 0.25) == 1.75);
  CHECK(quantile(values, 0.5) == 2.5);
  CHECK(quantile(values, 1) == 4);
  CHECK(median({10, 7, 4, 3, 2, 1}) == 3.5);  // from NumPy's documentation
  const Quartiles five = quartiles({50, 40, 30, 20, 10});
  CHECK(five.low == 20);
  CHECK(five.median == 30);
  CHECK(five.high == 40);
  CHECK(quartiles({7}).low == 7);
}

TEST_CASE("statistics: quantiles of infinite values, of no values and of NaN") {
  CHECK(median({1, infinity, 2}) == 2);
  CHECK(median({1, infinity}) == infinity);
  CHECK(median({infinity, infinity}) == infinity);
  CHECK(quantile({1, 2, infinity}, 0.5) == 2);
  CHECK(std::isnan(median({})));
  CHECK(std::isnan(quartiles({}).high));
  CHECK_THROWS_AS(median({1, not_a_number}), Error);
  CHECK_THROWS_AS(quartiles({not_a_number}), Error);
  CHECK_THROWS_AS(quantile({1}, 1.5), Error);
  CHECK_THROWS_AS(quantile({1}, not_a_number), Error);
}

TEST_CASE("statistics: Wilson's interval has the published values") {
  struct Case {
    std::size_t successes, n;
    double low, high;
  };
  // Newcombe 1998, Statistics in Medicine 17, table I, method 3.
  for (const auto& [successes, n, low, high] : {Case{81, 263, 0.2553, 0.3662},
                                                {15, 148, 0.0624, 0.1605},
                                                {0, 20, 0.0000, 0.1611},
                                                {1, 29, 0.0061, 0.1718}}) {
    CHECK(wilson(successes, n).low == Approx(low).margin(5e-5));
    CHECK(wilson(successes, n).high == Approx(high).margin(5e-5));
  }
  CHECK(wilson(8, 10).low == Approx(0.4901625).margin(1e-7));  // R: prop.test(8, 10, correct = F)
  CHECK(wilson(8, 10).high == Approx(0.9433178).margin(1e-7));
  CHECK(wilson(0, 5).low == 0);
  CHECK(wilson(5, 5).high == 1);
  CHECK(wilson(0, 0).low == 0);
  CHECK(wilson(0, 0).high == 1);
}

TEST_CASE("statistics: at the ends of Wilson's interval, the score test just rejects") {
  for (const double z : {1., 1.959963984540054, 2.5758293035489004}) {
    const double confidence = std::erf(z / std::sqrt(2.));
    for (std::size_t n : {1, 5, 20, 1000}) {
      for (std::size_t successes = 1; successes < n; successes += 1 + n / 7) {
        const double p = static_cast<double>(successes) / static_cast<double>(n);
        const Interval interval = wilson(successes, n, confidence);
        for (const double end : {interval.low, interval.high})
          CHECK(std::abs(p - end) / std::sqrt(end * (1 - end) / static_cast<double>(n)) ==
                Approx(z));
        CHECK(wilson(n - successes, n, confidence).low == Approx(1 - interval.high));
      }
    }
  }
  CHECK_THROWS_AS(wilson(6, 5), Error);
  CHECK_THROWS_AS(wilson(1, 5, 1), Error);
}

TEST_CASE("statistics: Wilson's interval has its nominal coverage, averaged over fractions") {
  for (std::size_t n : {5, 10, 20}) {
    double coverage = 0;
    int fractions = 0;
    for (double p = 0.005; p < 1; p += 0.01, ++fractions) {
      double probability = std::pow(1 - p, static_cast<double>(n));  // for k successes
      for (std::size_t k = 0; k <= n; ++k) {
        const Interval interval = wilson(k, n);
        if (interval.low <= p && p <= interval.high) coverage += probability;
        probability *= static_cast<double>(n - k) / static_cast<double>(k + 1) * p / (1 - p);
      }
    }
    CHECK(coverage / fractions == Approx(0.95).margin(0.01));
  }
}

// Weeks of remission of leukemia, Freireich et al. 1963: the standard example of survival analysis.
std::vector<Arrival> treated() {
  std::vector<Arrival> result;
  for (const double week : {6, 6, 6, 7, 10, 13, 16, 22, 23}) result.push_back({week, true});
  for (const double week : {6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35})
    result.push_back({week, false});
  return result;
}

TEST_CASE("statistics: Kaplan-Meier gives the published curve for this example") {
  const auto curve = kaplan_meier(treated());
  const std::vector<SurvivalStep> published = {
      {6, 0.857, 21, 3},  {7, 0.807, 17, 1}, {10, 0.753, 15, 1}, {13, 0.690, 12, 1},
      {16, 0.627, 11, 1}, {22, 0.538, 7, 1}, {23, 0.448, 6, 1}};
  REQUIRE(curve.size() == published.size());
  for (std::size_t i = 0; i < curve.size(); ++i) {
    CHECK(curve[i].time == published[i].time);
    CHECK(curve[i].waiting == Approx(published[i].waiting).margin(5e-4));
    CHECK(curve[i].at_risk == published[i].at_risk);
    CHECK(curve[i].arrived == published[i].arrived);
  }
  CHECK(median_time(curve) == 23);
  std::vector<Arrival> placebo;
  for (const double week : {1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23})
    placebo.push_back({week, true});
  CHECK(median_time(kaplan_meier(placebo)) == 8);
}

TEST_CASE(
    "statistics: Kaplan-Meier ignores the order of runs, and handles runs that never arrive") {
  auto arrivals = treated();
  std::mt19937 generator(1);
  std::shuffle(arrivals.begin(), arrivals.end(), generator);
  CHECK(median_time(kaplan_meier(arrivals)) == 23);
  const auto time = [](const std::vector<Arrival>& runs) {
    return median_time(kaplan_meier(runs));
  };
  CHECK_FALSE(time({}));
  CHECK_FALSE(time({{900, false}, {900, false}}));
  CHECK_FALSE(time({{100, true}, {900, false}, {900, false}}));
  CHECK(time({{100, true}, {200, true}, {900, false}, {900, false}}) == 200);
  CHECK(time({{100, true}, {200, true}, {900, false}}) == 200);
  // A run that was censored early says nothing about later times. A run that never arrives does.
  CHECK(time({{100, true}, {10, false}, {10, false}}) == 100);
  CHECK_FALSE(time({{100, true}, {infinity, false}, {infinity, false}}));
  CHECK_THROWS_AS(kaplan_meier({{not_a_number, true}}), Error);
}

TEST_CASE("statistics: without censoring, Kaplan-Meier's median is the ordinary median") {
  std::mt19937 generator(2);
  for (std::size_t n = 1; n <= 40; ++n) {
    std::vector<Arrival> arrivals;
    Values times;
    for (std::size_t i = 0; i < n; ++i) {
      times.push_back(static_cast<double>(generator() % 50));  // with ties
      arrivals.push_back({times.back(), true});
    }
    const auto curve = kaplan_meier(arrivals);
    CHECK(curve.back().waiting == 0);
    CHECK(median_time(curve) == median(times));
  }
}

TEST_CASE("statistics: a paired difference is the mean over pairs, in any order") {
  const Values a = {95, 94, 11, 96, 95}, b = {90, 95, 11, 11, 12};
  const PairedDifference forth = compare_pairs(a, b), back = compare_pairs(b, a);
  CHECK(forth.n == 5);
  CHECK(forth.above == 3);
  CHECK(forth.below == 1);
  CHECK(forth.mean == Approx((5 - 1 + 0 + 85 + 83) / 5.));
  CHECK(forth.interval.low < forth.mean);
  CHECK(forth.interval.high > forth.mean);
  CHECK(back.mean == -forth.mean);
  CHECK(back.interval.low == -forth.interval.high);
  CHECK(back.interval.high == -forth.interval.low);
  CHECK(back.p == forth.p);
  const PairedDifference shuffled = compare_pairs({95, 11, 96, 95, 94}, {12, 11, 11, 90, 95});
  CHECK(shuffled.mean == forth.mean);
  CHECK(shuffled.interval.low == forth.interval.low);
  CHECK(shuffled.interval.high == forth.interval.high);
}

TEST_CASE("statistics: paired differences of few, equal, unequal and missing values") {
  const PairedDifference one = compare_pairs({3}, {1});
  CHECK(one.mean == 2);
  CHECK(std::isnan(one.interval.low));
  CHECK(std::isnan(one.p));
  CHECK_FALSE(one.is_ahead());
  CHECK(std::isnan(compare_pairs({}, {}).mean));
  const PairedDifference same = compare_pairs({1, 2, 3}, {1, 2, 3});
  CHECK(same.mean == 0);
  CHECK(same.interval.low == 0);
  CHECK(same.interval.high == 0);
  CHECK(same.p == 1);
  CHECK_THROWS_AS(compare_pairs({1, 2}, {1}), Error);
  CHECK_THROWS_AS(compare_pairs({not_a_number}, {1}), Error);
  CHECK_THROWS_AS(compare_pairs({infinity}, {1}), Error);
}

TEST_CASE("statistics: Student's quantiles and the paired t test have their published values") {
  CHECK(student_quantile(0.95, 4) == Approx(2.776445).epsilon(1e-6));
  CHECK(student_quantile(0.95, 9) == Approx(2.262157).epsilon(1e-6));
  CHECK(student_quantile(0.99, 1) == Approx(63.656741).epsilon(1e-6));
  CHECK(student_quantile(1 - 0.05 / 28, 4) == Approx(7.41).epsilon(2e-2));
  // Student's (1908) own data: hours of sleep gained under two drugs.
  const Values a = {1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4},
               b = {0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2};
  const PairedDifference sleep = compare_pairs(a, b);
  CHECK(sleep.mean == Approx(1.58));
  CHECK(sleep.interval.low == Approx(0.7001142).epsilon(1e-6));  // R: t.test(a, b, paired = TRUE)
  CHECK(sleep.interval.high == Approx(2.4598858).epsilon(1e-6));
  CHECK(sleep.p == Approx(0.00283289).epsilon(1e-5));
  CHECK(compare_pairs(a, b, 10).p == Approx(0.0283289).epsilon(1e-5));
  // If b may be 0.5 hours too low and a 0.25, the test is that of a - b - 0.5.
  const PairedDifference wide = compare_pairs(a, b, 1, 0.25, 0.5);
  CHECK(wide.interval.low == Approx(0.2001142).epsilon(1e-6));
  CHECK(wide.interval.high == Approx(2.7098858).epsilon(1e-6));
  CHECK(wide.p == Approx(0.0215).epsilon(1e-2));
  CHECK(compare_pairs(a, b, 1, 0, 2).p == 1);
}

TEST_CASE("statistics: p is below 0.05 exactly if the interval excludes 0") {
  std::mt19937 generator(5);
  std::normal_distribution<double> normal(1, 1);
  for (const std::size_t comparisons : {1, 3, 28})
    for (int i = 0; i < 300; ++i) {
      Values values(6);
      for (double& value : values) value = normal(generator);
      for (const double cost : {0., 0.4}) {
        const PairedDifference d = compare_pairs(values, Values(6, 0), comparisons, cost / 2, cost);
        CHECK((d.p < 0.05) == (d.is_ahead() || d.is_behind()));
      }
    }
}

}  // namespace
}  // namespace fanin
