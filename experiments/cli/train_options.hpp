#pragma once

#include "experiments/cli/command.hpp"
#include "experiments/task/options.hpp"

namespace fanin {

// Registers the model and the options of the table, or those named; values land in `options` as
// they are parsed.
void add_train_options(Command& command, TrainOptions& options,
                       const std::vector<std::string>& only = {});

// Registers the options that specs may set too and collects those given, as (name, text).
void add_spec_options(Command& command, std::vector<std::pair<std::string, std::string>>& given);

// What the arguments of `fanin train` say. Throws UsageError.
TrainOptions parse_train(const std::vector<std::string>& arguments);

}  // namespace fanin
