#pragma once

#include <string>
#include <vector>

#include "framework/ops/loss.hpp"

namespace fanin {

// What training makes small, evaluations report and diagnostics send back: the mean over a batch of
// logits [N, K] with N labels in [0, K).
struct Loss {
  std::string name, summary;
  Tensor (*of)(const Tensor& logits, const Labels& labels);
};

const std::vector<Loss>& loss_table();           // cross_entropy is the first
const Loss& find_loss(const std::string& name);  // throws UsageError for another

}  // namespace fanin
