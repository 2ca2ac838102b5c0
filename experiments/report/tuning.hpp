// The sweep that chose the values of a tuned one, and what its runs say about the choice.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "experiments/report/results.hpp"

namespace fanin {

struct Tuning {
  Tuning(Sweep of, Records read)
      : sweep(std::move(of)), records(std::move(read)), results(results_of(sweep, records)) {}
  Tuning(const Tuning&) = delete;
  Tuning& operator=(const Tuning&) = delete;

  Sweep sweep;
  Records records;
  Results results;
};

// The name of a sweep's tuning, whose folder lies beside that of the sweep.
std::string tuning_name(const Sweep& sweep);
// Null if the sweep is not tuned, or if the folder is not there or not readable.
std::shared_ptr<const Tuning> find_tuning(const Sweep& sweep, const std::filesystem::path& folder);

// An init at some values of the tuned options, with its accuracies on held-out images.
struct Tried {
  Axes values;  // without options that have one value only
  const InitResults& results;
  bool chosen;
};
// All that was tried for a panel of the sweep with these axes, in the tuning's order.
std::vector<Tried> tried_for(const Results& tuning, const Sweep& sweep, const Axes& axes);

// By how much the choice of these values may have lowered an init's accuracy in a panel: how far
// another value that was tried may lie above the chosen one, by the upper one-sided 95 % bound of
// the paired t over the tuning's seeds; 0 if that is not above it. Runs of the other value with
// over three times the error of the chosen one's worst run are left out, as they only lower its
// mean, and make a bound from few seeds meaningless. 0 if nothing else was tried.
double tuning_allowance(const Results& tuning, const Sweep& sweep, const Tuned& choice);

// How an init did in the tuning at a learning rate, at the best values of other tuned options.
struct RatePoint {
  std::string init;
  double rate, accuracy;  // the mean over the seeds
  double low, high;       // quartiles
};
// Those of a panel of the sweep with these axes, init by init, the rates ascending. Empty without a
// tuning.
std::vector<RatePoint> rate_points(const Results& results, const Axes& axes);

}  // namespace fanin
