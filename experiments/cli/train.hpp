#pragma once

#include "experiments/cli/command.hpp"
#include "experiments/sweep/sweep.hpp"

namespace fanin {

// The model, and all options of the table or only the named ones. They write to `options`.
std::vector<CommandOption> train_options(TrainOptions& options,
                                         const std::vector<std::string>& only = {});

// Reads the arguments of `fanin train`. Throws UsageError.
TrainOptions parse_train(const std::vector<std::string>& arguments);

// The values of `fanin compare`.
struct CompareOptions {
  std::vector<std::string> specs;  // files, names of shipped specs, and key=value as with --set
  std::vector<std::string> sets;
  std::string model;
  std::vector<std::string> inits, seeds;
  std::string baseline, rounding, tune;
  std::vector<Override> train;  // by options of `fanin train`
  std::string shard;            // "I/N"
  bool quiet = false, json = false;
  SweepOptions sweep;
};

std::vector<CommandOption> compare_options(CompareOptions& options);

// The values of a spec that the options replace. Throws UsageError.
std::vector<Override> overrides_of(const CompareOptions& options);

}  // namespace fanin
