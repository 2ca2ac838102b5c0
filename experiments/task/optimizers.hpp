#pragma once

#include <memory>
#include <string>
#include <vector>

#include "experiments/task/options.hpp"
#include "framework/optim/optimizer.hpp"

namespace fanin {

// What --optimizer may say, with PyTorch's defaults.
struct OptimizerRow {
  std::string name;
  double lr, weight_decay;
  bool takes_momentum, takes_nesterov;
  std::unique_ptr<Optimizer> (*make)(std::vector<Tensor> parameters, const TrainOptions& options);
};

const std::vector<OptimizerRow>& optimizer_table();           // the default is the first
const OptimizerRow& find_optimizer(const std::string& name);  // throws UsageError for another

}  // namespace fanin
