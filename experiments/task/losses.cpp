#include "experiments/task/losses.hpp"

#include "experiments/task/choose.hpp"
#include "framework/ops/arithmetic.hpp"

namespace fanin {
namespace {

// A loss against one-hot targets: summed over the classes, the mean over the batch.
Tensor one_hot_loss(Tensor (*loss)(const Tensor&, const Tensor&, Reduction), const Tensor& logits,
                    const Labels& labels) {
  const std::size_t classes = logits.shape().empty() ? 0 : logits.shape().back();
  return loss(logits, one_hot(labels, classes), Reduction::sum) / static_cast<Real>(labels.size());
}

}  // namespace

const std::vector<Loss>& loss_table() {
  static const std::vector<Loss> table{
      {"cross_entropy", "of a softmax",
       [](const Tensor& logits, const Labels& labels) { return cross_entropy(logits, labels); }},
      {"binary_cross_entropy", "of sigmoids, summed over the classes (Nielsen 2015)",
       [](const Tensor& logits, const Labels& labels) {
         return one_hot_loss(binary_cross_entropy_with_logits, logits, labels);
       }},
      {"mse", "half the squared error, summed over the classes (Saxe et al. 2014)",
       [](const Tensor& outputs, const Labels& labels) {
         return one_hot_loss(mse_loss, outputs, labels) / 2;
       }},
  };
  return table;
}

const Loss& find_loss(const std::string& name) { return choose(loss_table(), name); }

}  // namespace fanin
