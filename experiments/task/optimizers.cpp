#include "experiments/task/optimizers.hpp"

#include "experiments/task/choose.hpp"

namespace fanin {
namespace {

// The options have every number: with_optimizer_defaults().
template <class Made, class Options, bool decoupled = false>
std::unique_ptr<Optimizer> make(std::vector<Tensor> parameters, const TrainOptions& given) {
  Options options;
  options.lr = given.lr.value(), options.weight_decay = given.weight_decay.value();
  if constexpr (requires { options.momentum; }) options.momentum = given.momentum;
  if constexpr (requires { options.nesterov; }) options.nesterov = given.nesterov;
  if constexpr (requires { options.decoupled; }) options.decoupled = decoupled;
  return std::make_unique<Made>(std::move(parameters), options);
}

}  // namespace

const std::vector<OptimizerRow>& optimizer_table() {
  static const std::vector<OptimizerRow> table{
      {"sgd", 1e-2, 0, true, true, make<SGD, SGDOptions>},
      {"adam", 1e-3, 0, false, false, make<Adam, AdamOptions>},
      {"adamw", 1e-3, 1e-2, false, false, make<Adam, AdamOptions, true>},
      {"rmsprop", 1e-2, 0, true, false, make<RMSprop, RMSpropOptions>}};
  return table;
}

const OptimizerRow& find_optimizer(const std::string& name) {
  return choose(optimizer_table(), name);
}

}  // namespace fanin
