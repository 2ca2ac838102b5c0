#include "experiments/task/optimizers.hpp"

#include "experiments/task/choose.hpp"

namespace fanin {
namespace {

// The options have every number: with_optimizer_defaults().
std::unique_ptr<Optimizer> make_sgd(std::vector<Tensor> parameters, const TrainOptions& o) {
  SGDOptions sgd;
  sgd.lr = o.lr.value(), sgd.weight_decay = o.weight_decay.value();
  sgd.momentum = o.momentum, sgd.nesterov = o.nesterov;
  return std::make_unique<SGD>(std::move(parameters), sgd);
}

template <bool decoupled>
std::unique_ptr<Optimizer> make_adam(std::vector<Tensor> parameters, const TrainOptions& o) {
  AdamOptions adam;
  adam.lr = o.lr.value(), adam.weight_decay = o.weight_decay.value();
  adam.decoupled = decoupled;
  return std::make_unique<Adam>(std::move(parameters), adam);
}

std::unique_ptr<Optimizer> make_rmsprop(std::vector<Tensor> parameters, const TrainOptions& o) {
  RMSpropOptions rmsprop;
  rmsprop.lr = o.lr.value(), rmsprop.weight_decay = o.weight_decay.value();
  rmsprop.momentum = o.momentum;
  return std::make_unique<RMSprop>(std::move(parameters), rmsprop);
}

}  // namespace

const std::vector<OptimizerRow>& optimizer_table() {
  static const std::vector<OptimizerRow> table{{"sgd", 1e-2, 0, true, true, make_sgd},
                                               {"adam", 1e-3, 0, false, false, make_adam<false>},
                                               {"adamw", 1e-3, 1e-2, false, false, make_adam<true>},
                                               {"rmsprop", 1e-2, 0, true, false, make_rmsprop}};
  return table;
}

const OptimizerRow& find_optimizer(const std::string& name) {
  return choose(optimizer_table(), name);
}

}  // namespace fanin
