#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "experiments/record/events.hpp"
#include "experiments/task/options.hpp"
#include "framework/nn/module.hpp"
#include "framework/optim/optimizer.hpp"
#include "framework/optim/schedule.hpp"

namespace fanin {

// What moves a model's parameters in a run: an optimizer with its schedule. Under muon, one of two:
// muon moves the 2-D weights but those of embeddings and of the last layer, and AdamW the rest.
class ParameterGroups {
 public:
  // The options must have their defaults: see with_optimizer_defaults(). Throws Error if there is
  // no weight for muon.
  ParameterGroups(Module& model, const TrainOptions& options, std::size_t total_steps,
                  std::size_t epoch_steps);

  void zero_grad();
  // Sets the rates for the step after `steps`, clips the gradients and moves the parameters.
  void step(std::size_t steps);

  // What a log says of the groups: nothing if there is one, because its options say it all.
  std::vector<ParameterGroup> described() const;
  StepLoss with_rates(StepLoss at) const;

  // Of all parameters, group after group.
  std::vector<Optimizer::State> state() const;
  void load_state(std::vector<Optimizer::State> state);  // throws Error as Optimizer's does

 private:
  struct Member {
    ParameterGroup group;
    std::unique_ptr<Optimizer> optimizer;
    Schedule lr;
    std::size_t parameters;
  };
  std::vector<Member> members_;
  std::vector<Tensor> parameters_;
  Schedule momentum_;  // empty: it stays
  double clip_norm_, clip_value_;
};

}  // namespace fanin
