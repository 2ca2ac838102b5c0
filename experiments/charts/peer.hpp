// PyTorch's results, from the tables that the scripts of experiments/peer write.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "experiments/report/results.hpp"

namespace fanin {

// PyTorch's evaluations of the sweep's runs, if the table has them. Its rows are
// "command",epoch,step,train_loss,test_loss,test_accuracy; throws Error for any other row.
Records pytorch_records(const Sweep& sweep, const std::filesystem::path& table);

// Accuracies after an epoch of a published training, seed by seed. The table's rows are
// spec,init,seed,epoch,accuracy. Throws Error for any other row, or if no row fits.
std::vector<double> pytorch_accuracies(const std::filesystem::path& table, const std::string& spec,
                                       const std::string& init, std::size_t epoch);

}  // namespace fanin
