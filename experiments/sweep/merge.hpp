#pragma once

#include <filesystem>
#include <vector>

#include "experiments/run/command.hpp"

namespace fanin {

// `fanin merge OUT DIR...`
struct MergeOptions {
  std::filesystem::path out;
  std::vector<std::filesystem::path> folders;
};

void add_merge_options(Command& command, MergeOptions& options);

// Brings the finished runs of results folders together in one, and summarises them. A run that
// several have is taken once. Throws UsageError for folders of different specs or models, and where
// two logs of a run differ in more than the time they took: nothing is written then. Returns the
// exit code.
int run_merge(const MergeOptions& options);

}  // namespace fanin
