#pragma once

#include <cstdint>
#include <vector>

#include "framework/autograd/tensor.hpp"

namespace fanin::FANIN_PRECISION {

using Labels = std::vector<std::int64_t>;

struct CrossEntropyOptions {
  std::int64_t ignore_index = -100;  // samples with this label do not count
  double label_smoothing = 0;        // this share of each label is spread over all classes
};

// Mean over the samples of -log softmax(logits)[label] -> []. logits are [N, K] with labels [N], or
// [N, K, ...] with labels in the row-major order of [N, ...]; labels are in [0, K). NaN if every
// label is ignored, as in PyTorch. Throws Error for a wrong number of labels or one out of range.
Tensor cross_entropy(const Tensor& logits, const Labels& labels,
                     const CrossEntropyOptions& options = {});

// Mean of -log_probabilities[label], with shapes and labels as above.
Tensor nll_loss(const Tensor& log_probabilities, const Labels& labels,
                std::int64_t ignore_index = -100);

enum class Reduction { mean, sum };

// Mean or sum over all numbers of (x - target)^2, and of the binary cross entropy of sigmoid(x)
// with targets in [0, 1]. Throw Error if the shapes differ.
Tensor mse_loss(const Tensor& x, const Tensor& target, Reduction reduction = Reduction::mean);
Tensor binary_cross_entropy_with_logits(const Tensor& x, const Tensor& target,
                                        Reduction reduction = Reduction::mean);

// Mean or sum over all numbers of |d| for d = x - target, and of d^2 / (2 beta) where |d| < beta,
// but |d| - beta / 2 elsewhere (Girshick 2015). As in PyTorch, the slope of |d| at 0 is 0. Throw
// Error if the shapes differ, and for a negative beta.
Tensor l1_loss(const Tensor& x, const Tensor& target, Reduction reduction = Reduction::mean);
Tensor smooth_l1_loss(const Tensor& x, const Tensor& target, Reduction reduction = Reduction::mean,
                      double beta = 1);

// 1 at each label, else 0: labels [N] in [0, K) -> [N, K]. Throws Error for a label out of range.
Tensor one_hot(const Labels& labels, std::size_t classes);

// How many rows of logits [N, K] are largest at their label; NaN counts as largest.
std::size_t count_correct(const Array& logits, const Labels& labels);

}  // namespace fanin::FANIN_PRECISION
