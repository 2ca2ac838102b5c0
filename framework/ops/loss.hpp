#pragma once

#include <cstdint>
#include <vector>

#include "framework/autograd/tensor.hpp"

namespace fanin::inline FANIN_PRECISION {

using Labels = std::vector<std::int64_t>;

// Mean over the batch of -log softmax(logits)[label]: logits [N, K], labels in [0, K) -> [].
// Throws Error for a wrong count of labels or one out of range.
Tensor cross_entropy(const Tensor& logits, const Labels& labels);

// How many rows of logits [N, K] have their largest entry at the label; NaN counts as largest.
std::size_t count_correct(const Array& logits, const Labels& labels);

}  // namespace fanin::inline FANIN_PRECISION
