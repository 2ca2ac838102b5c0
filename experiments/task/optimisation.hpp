// What the names of --loss and --optimizer mean.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "experiments/task/options.hpp"
#include "framework/ops/loss.hpp"
#include "framework/optim/optimizer.hpp"

namespace fanin {

// Training minimises it, evaluations report it, and looks send its gradient back: the mean over a
// batch of logits [N, K] with N labels in [0, K).
struct Loss {
  std::string name, summary;
  Tensor (*of)(const Tensor& logits, const Labels& labels);
  bool of_log_probabilities = false;  // the model must end in LogSoftmax
};

const std::vector<Loss>& loss_table();           // cross_entropy is the first
const Loss& find_loss(const std::string& name);  // throws UsageError for an unknown name

// Throws Error if the loss needs the logarithms of probabilities, but these outputs are others.
void check_outputs(const Loss& loss, const Array& outputs);

// An optimizer with PyTorch's defaults.
struct OptimizerRow {
  std::string name;
  double lr;
  std::optional<double> weight_decay;  // unset: muon's two optimizers have different ones
  double momentum;
  bool has_momentum;               // or Adam's beta1, which the schedule one_cycle moves
  std::vector<std::string> takes;  // of the options that only some optimizers have
  std::unique_ptr<Optimizer> (*make)(std::vector<Tensor> parameters, const TrainOptions& options);
};

const std::vector<OptimizerRow>& optimizer_table();           // the default is the first
const OptimizerRow& find_optimizer(const std::string& name);  // throws UsageError

}  // namespace fanin
