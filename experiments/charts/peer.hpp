// What PyTorch gives, from the tables that the scripts of experiments/peer leave there.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "experiments/report/results.hpp"

namespace fanin {

// PyTorch's evaluations of those runs of a sweep that the table has: a row each,
// "command",epoch,step,train_loss,test_loss,test_accuracy. Throws Error for another row.
Records pytorch_records(const Sweep& sweep, const std::filesystem::path& table);

// Accuracies after an epoch of a published training, seed by seed: spec,init,seed,epoch,accuracy.
// Throws Error for another row, and if it has no such accuracy.
std::vector<double> pytorch_accuracies(const std::filesystem::path& table, const std::string& spec,
                                       const std::string& init, std::size_t epoch);

}  // namespace fanin
