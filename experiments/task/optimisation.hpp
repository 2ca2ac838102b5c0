// What the names of --loss, --optimizer and --schedule mean.
#pragma once

#include <memory>
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
};

const std::vector<Loss>& loss_table();           // cross_entropy is the first
const Loss& find_loss(const std::string& name);  // throws UsageError for an unknown name

// An optimizer with PyTorch's defaults.
struct OptimizerRow {
  std::string name;
  double lr, weight_decay;
  bool takes_momentum, takes_nesterov;
  std::unique_ptr<Optimizer> (*make)(std::vector<Tensor> parameters, const TrainOptions& options);
};

const std::vector<OptimizerRow>& optimizer_table();           // the default is the first
const OptimizerRow& find_optimizer(const std::string& name);  // throws UsageError

// The help of --schedule.
inline constexpr const char* schedule_help =
    "how the learning rate changes (constant):\n"
    "constant\n"
    "step:step_size=N,gamma=0.1\n"
    "cosine:t_max=N,eta_min=0; without t_max, it lasts until the run ends\n"
    "warmup:steps=N,start_factor=0.333\n"
    "warmup:steps=100+cosine: a warmup, and after it (+) another schedule\n"
    "N counts optimizer steps; add every=epoch to count epochs:\n"
    "step:step_size=2,every=epoch";

// The learning rate after a number of optimizer steps, in a run of `total_steps`. A part with
// every=epoch counts epochs of `epoch_steps` steps from its own beginning. A cosine falls for the
// rest of the run unless t_max says otherwise. Throws UsageError if the text is no schedule.
Schedule make_schedule(const std::string& text, double lr, std::size_t total_steps,
                       std::size_t epoch_steps);

}  // namespace fanin
