#pragma once

#include "experiments/cli/command.hpp"
#include "experiments/specs/spec.hpp"

namespace fanin {

// The model and the options of the table, or those named; values land in `options`.
std::vector<CommandOption> train_options(TrainOptions& options,
                                         const std::vector<std::string>& only = {});

// The options that specs may set too; what is given of them lands in `overrides`.
std::vector<CommandOption> spec_options(std::vector<Override>& overrides);

// What the arguments of `fanin train` say. Throws UsageError.
TrainOptions parse_train(const std::vector<std::string>& arguments);

}  // namespace fanin
