#pragma once

#include <string>
#include <vector>

#include "experiments/cli/command.hpp"
#include "experiments/sweep/sweep.hpp"

namespace fanin {

// The command line of `fanin compare`.
struct CompareOptions {
  std::vector<std::string> specs;  // files, names of shipped specs, and key=value as with --set
  std::vector<std::string> sets;
  std::string model;
  std::vector<std::string> inits, seeds;
  std::vector<Override> train;  // by options of `fanin train`
  std::string shard;            // "I/N"
  SweepOptions sweep;
};

std::vector<CommandOption> compare_options(CompareOptions& options);

// What the options change of a spec. Throws UsageError.
std::vector<Override> overrides_of(const CompareOptions& options);

}  // namespace fanin
