#pragma once

#include <string>
#include <utility>
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
  std::vector<std::pair<std::string, std::string>> train;  // options of `fanin train`: name, text
  std::string shard;                                       // "I/N"
  SweepOptions sweep;
  bool quiet = false, json = false;
};

void add_compare_options(Command& command, CompareOptions& options);

// What they change of a spec. Throws UsageError.
std::vector<Override> overrides_of(const CompareOptions& options);

Subcommand make_compare(Command& program);  // `fanin compare`

}  // namespace fanin
