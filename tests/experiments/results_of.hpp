#pragma once

#include <string>
#include <utility>
#include <vector>

#include "experiments/report/results.hpp"

namespace fanin {

// A log with an evaluation for each accuracy, one every 100 steps.
inline RunRecord record(const std::vector<double>& accuracies,
                        const std::string& status = "completed", double test_loss = 0.25) {
  RunRecord result;
  std::size_t step = 0;
  for (const double accuracy : accuracies) {
    step += 100;
    result.evaluations.push_back({1, step, 0.5, test_loss, accuracy});
  }
  result.end = RunEnd{status, step, 2, "ab", "cd"};
  return result;
}

inline Run run(const std::string& init, std::uint64_t seed, const Axes& axes = {}) {
  TrainOptions options;
  options.model = "lenet5";
  options.init = init;
  options.seed = seed;
  return {init + "-seed" + std::to_string(seed), init, seed, axes, options};
}

inline Sweep sweep(std::vector<Run> runs) { return {"s", "Why?", std::move(runs), ""}; }

}  // namespace fanin
