#pragma once

#include <cstddef>
#include <vector>

#include "experiments/task/options.hpp"
#include "framework/nn/module.hpp"

namespace fanin {

// What determines a network's time for an image.
struct NetworkCost {
  double layers;
  double multiply_adds;  // in the forward pass of an image, in layers with weights
};

// images: [N, ...]. Throws Error if they do not fit the network.
NetworkCost network_cost(Module& model, const Array& images);

// A run's cost in seconds of a typical machine. It is the same number on every machine, so that all
// shards divide the runs alike. `samples`: those of an epoch.
double predicted_cost(const TrainOptions& options, const NetworkCost& network, std::size_t samples);

// Which of `shards` parts, counted from 1, each run goes to. The most expensive run comes first,
// and each goes to the cheapest part so far, so that no part costs more than 4/3 of the optimum
// (Graham 1969, longest processing time). Runs of equal cost are dealt out in turn.
std::vector<std::size_t> share_out(const std::vector<double>& costs, std::size_t shards);

// Estimates a sweep's remaining time, in proportion to the cost of its runs.
class Forecast {
 public:
  struct Running {
    double cost, seconds;  // predicted cost; seconds since its start
    double done;           // the share of its steps, in [0, 1]
  };

  void ended(double cost, double seconds);
  // Seconds until all runs have ended, `slots` at a time; NaN while nothing is known.
  double seconds_left(const std::vector<Running>& running, const std::vector<double>& to_come,
                      std::size_t slots) const;

 private:
  double cost_ = 0, seconds_ = 0;  // of the runs that have ended
};

}  // namespace fanin
