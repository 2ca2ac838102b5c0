#pragma once

#include <string>
#include <vector>

#include "experiments/run/options.hpp"

namespace fanin {

// `fanin inspect`: what the model's parameters and signals are before training, and what theory
// expects of them. With one init, or verbose, a table of parameters and one of layers for each;
// with several also one table of the layers, init beside init.
int inspect_command(const TrainOptions& options, const std::vector<std::string>& inits,
                    bool verbose);

}  // namespace fanin
