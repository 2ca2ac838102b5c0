// The statistics of a comparison: pure functions over numbers. The result for no values is NaN. A
// NaN among the values is an Error: the caller has to say what an absent number counts as.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace fanin {

struct Interval {
  double low, high;
};

struct Quartiles {
  double low, median, high;
};

// The p-quantile, p in [0, 1], by linear interpolation between the order statistics around
// (n - 1) p: type 7 of Hyndman & Fan 1996, the default of R and NumPy. Values may be infinite.
double quantile(const std::vector<double>& values, double p);
double median(const std::vector<double>& values);
double mean(const std::vector<double>& values);
double variance(const std::vector<double>& values);  // over n - 1; NaN for fewer than two values
Quartiles quartiles(const std::vector<double>& values);

// Wilson's (1927) score interval for the fraction that `successes` of `n` estimate, within [0, 1].
// It keeps its coverage at small n and at fractions of 0 and 1; all of [0, 1] when n is 0.
Interval wilson(std::size_t successes, std::size_t n, double confidence = 0.95);

// When something was reached, or until when it was looked for in vain (censored). What is known
// never to get there is censored at infinity.
struct Arrival {
  double time;
  bool reached;
};

// From `time` until the next step, `waiting` is the estimated fraction that is not there yet.
struct SurvivalStep {
  double time, waiting;
  std::size_t at_risk, arrived;  // just before `time`; at `time`
};

// Kaplan & Meier 1958: S(t) = product over arrival times u <= t of 1 - arrived(u) / at_risk(u), a
// step per arrival time. Who is censored at u still counts as at risk at u.
std::vector<SurvivalStep> kaplan_meier(std::vector<Arrival> arrivals);

// The time by which half have arrived; nothing if the curve never falls to 1/2. If it rests at 1/2,
// the middle of the rest, as in R's survfit: the ordinary median if nothing is censored.
std::optional<double> median_time(const std::vector<SurvivalStep>& curve);

// P(at least `successes` of n) if each has probability 1/2: the one-sided sign test.
double sign_tail(std::size_t successes, std::size_t n);

// The x for which P(|t| < x) = between, of Student's t with `freedom` degrees of freedom.
double student_quantile(double between, std::size_t freedom);

// How far `a` lies above `b` over pairs.
struct PairedDifference {
  std::size_t n = 0, above = 0, below = 0;  // pairs; a > b; a < b
  double mean;                              // of a - b; NaN without pairs
  Interval interval;                        // for the mean; NaN for fewer than two pairs
  double p;                                 // two-sided; NaN for fewer than two pairs

  bool is_ahead() const { return interval.low > 0; }
  bool is_behind() const { return interval.high < 0; }
};

// Student's paired t, as one of `comparisons` made at once: the interval is at level 1 - 0.05 /
// comparisons, and p is multiplied by their number (Dunn 1961), so p < 0.05 exactly if the interval
// excludes 0. Each pair has its own variance, as spreads differ (Tamhane 1977). If all of `a` (or
// `b`) may be too low by up to cost_a (cost_b), the interval also has the differences that this
// allows. Throws Error for unequal sizes and for values that are not finite.
PairedDifference compare_pairs(const std::vector<double>& a, const std::vector<double>& b,
                               std::size_t comparisons = 1, double cost_a = 0, double cost_b = 0);

}  // namespace fanin
