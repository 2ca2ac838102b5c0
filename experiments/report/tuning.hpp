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
// Null if the sweep is not tuned or the folder is not there.
std::shared_ptr<const Tuning> find_tuning(const Sweep& sweep, const std::filesystem::path& folder);

// An init at some values of the tuned options, with its accuracies on held-out images.
struct Tried {
  Axes values;  // without options that have one value only
  const InitResults& results;
  bool chosen;
};
// All that was tried for a panel of the sweep with these axes, in the tuning's order.
std::vector<Tried> tried_for(const Tuning& tuning, const Sweep& sweep, const Axes& axes);

// By how much the choice of its values may have lowered an init's accuracy in a panel: how far
// another value that was tried may lie above the chosen one, by the one-sided 95 % bound of the
// paired t over the tuning's seeds; 0 if that is not above it. A value counts only if none of its
// runs has over three times the error of the chosen one's worst run, since values at which runs
// fail have no mean that a few seeds could bound. 0 if nothing else was tried.
double tuning_cost(const Tuning& tuning, const Sweep& sweep, const std::string& init,
                   const Axes& axes);

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
