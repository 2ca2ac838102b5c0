#pragma once

#include <cstddef>
#include <map>
#include <utility>
#include <vector>

#include "experiments/task/options.hpp"
#include "framework/nn/module.hpp"

namespace fanin {

// What decides how long a network takes for an image.
struct NetworkCost {
  double layers;
  double multiply_adds;  // of one image's forward pass, in the layers with weights
};

// images: [N, ...]; one of them is counted. Throws Error if the network does not fit them.
NetworkCost network_cost(Module& model, const Array& images);

// What a run will cost, in seconds of some machine, the same number on every one: to share runs
// out and to say when they will be done. `samples` are those of an epoch.
double predicted_cost(const TrainOptions& options, const NetworkCost& network, std::size_t samples);

// Which of `shards` parts, from 1 on, each run goes to: the dearest first, each to the part that
// costs least so far (Graham 1969, longest processing time), so that the dearest part costs at most
// 4/3 of what it must. Runs of equal cost are dealt out in turn; the same costs give the same parts
// on every machine.
std::vector<std::size_t> share_out(const std::vector<double>& costs, std::size_t shards);

// How long a sweep will take, from what its runs were predicted to cost and took. Runs of the same
// predicted cost take the same time. If no run of a cost has ended, the cost alone tells.
class Forecast {
 public:
  struct Running {
    double cost, seconds;  // predicted; since its start
    double done;           // its share of the steps, in [0, 1]
  };

  void ended(double cost, double seconds);
  // Until all is done, `slots` runs at a time; NaN as long as nothing is known.
  double seconds_left(const std::vector<Running>& running, const std::vector<double>& to_come,
                      std::size_t slots) const;

 private:
  std::map<double, std::pair<double, std::size_t>> ended_;  // seconds in all, and of how many
};

}  // namespace fanin
