#include "experiments/task/optimisation.hpp"

#include <cmath>
#include <utility>

#include "experiments/task/choose.hpp"
#include "framework/core/error.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/optim/muon.hpp"

namespace fanin {
namespace {

// A loss against one-hot targets, summed over the classes and averaged over the batch.
Tensor one_hot_loss(Tensor (*loss)(const Tensor&, const Tensor&, Reduction), const Tensor& logits,
                    const Labels& labels) {
  const std::size_t classes = logits.shape().empty() ? 0 : logits.shape().back();
  return loss(logits, one_hot(labels, classes), Reduction::sum) / static_cast<Real>(labels.size());
}

// The learning rate must be set: see with_optimizer_defaults(). Weight decay need not be.
template <class Made, class Options, bool decoupled = false>
std::unique_ptr<Optimizer> make(std::vector<Tensor> parameters, const TrainOptions& given) {
  Options options;
  options.lr = given.lr.value();
  options.weight_decay = given.weight_decay.value_or(options.weight_decay);
  if constexpr (requires { options.momentum; })
    options.momentum = given.momentum.value_or(options.momentum);
  if constexpr (requires { options.dampening; })
    options.dampening = given.dampening, options.nesterov = given.nesterov;
  if constexpr (requires { options.decoupled; })
    options.decoupled = decoupled, options.amsgrad = given.amsgrad;
  if constexpr (requires { options.adjust_lr_fn; }) options.adjust_lr_fn = given.adjust_lr_fn;
  return std::make_unique<Made>(std::move(parameters), options);
}

}  // namespace

const std::vector<Loss>& loss_table() {
  static const std::vector<Loss> table{
      {"cross_entropy", "applies softmax to the outputs, as PyTorch's does",
       [](const Tensor& logits, const Labels& labels) { return cross_entropy(logits, labels); }},
      {"binary_cross_entropy",
       "applies a sigmoid to each output and sums over\nthe classes, as in Nielsen 2015",
       [](const Tensor& logits, const Labels& labels) {
         return one_hot_loss(binary_cross_entropy_with_logits, logits, labels);
       }},
      {"mse", "half the squared error, summed over the classes,\nas in Saxe et al. 2014",
       [](const Tensor& outputs, const Labels& labels) {
         return one_hot_loss(mse_loss, outputs, labels) / 2;
       }},
      {"l1", "the absolute error, summed over the classes",
       [](const Tensor& outputs, const Labels& labels) {
         return one_hot_loss(l1_loss, outputs, labels);
       }},
      {"smooth_l1", "the same, but half the squared error where it is below 1",
       [](const Tensor& outputs, const Labels& labels) {
         return one_hot_loss(
             [](const Tensor& x, const Tensor& target, Reduction reduction) {
               return smooth_l1_loss(x, target, reduction);
             },
             outputs, labels);
       }},
      {"nll", "for models that end in LogSoftmax",
       [](const Tensor& outputs, const Labels& labels) { return nll_loss(outputs, labels); }, true},
  };
  return table;
}

const Loss& find_loss(const std::string& name) { return choose(loss_table(), name); }

void check_outputs(const Loss& loss, const Array& outputs) {
  if (!loss.of_log_probabilities) return;
  const std::size_t rows = outputs.shape()[0], classes = outputs.shape()[1];
  for (std::size_t n = 0; n < rows; ++n) {
    double sum = 0;
    for (std::size_t k = 0; k < classes; ++k) sum += std::exp(outputs.at({n, k}));
    if (std::isfinite(sum) ? std::abs(sum - 1) > 1e-3 : sum > 0)
      throw Error(
          "loss {}: expected the logarithms of probabilities, but the exponentials of the model's "
          "outputs add up to {:.4g}; end the model with LogSoftmax(dim=1), or use cross_entropy",
          loss.name, sum);
  }
}

const std::vector<OptimizerRow>& optimizer_table() {
  static const std::vector<OptimizerRow> table{
      {"sgd", 1e-2, 0, 0, true, {"momentum", "dampening", "nesterov"}, make<SGD, SGDOptions>},
      {"adam", 1e-3, 0, 0, true, {"amsgrad"}, make<Adam, AdamOptions>},
      {"adamw", 1e-3, 1e-2, 0, true, {"amsgrad"}, make<Adam, AdamOptions, true>},
      {"rmsprop", 1e-2, 0, 0, true, {"momentum"}, make<RMSprop, RMSpropOptions>},
      {"adadelta", 1, 0, 0, false, {}, make<Adadelta, AdadeltaOptions>},
      {"muon",
       1e-3,
       {},
       0.95,
       true,
       {"momentum", "adamw_lr", "adjust_lr_fn"},
       make<Muon, MuonOptions>}};
  return table;
}

const OptimizerRow& find_optimizer(const std::string& name) {
  return choose(optimizer_table(), name);
}

}  // namespace fanin
