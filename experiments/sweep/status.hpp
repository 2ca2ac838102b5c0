#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

#include "experiments/run/command.hpp"

namespace fanin {

// `fanin status DIR...`
struct StatusOptions {
  std::vector<std::filesystem::path> folders;
  bool commands = false;   // prints nothing but those of the runs to be done
  std::size_t shards = 0;  // N > 0: prints the numbers of the shards with something to do
};

void add_status_options(Command& command, StatusOptions& options);

// Says of the runs of results folders which are done, running, failed and missing; from the first
// and the last line of each log, so that thousands take a moment. Throws UsageError for a folder
// that is none of a sweep. Returns the exit code.
int run_status(const StatusOptions& options);

}  // namespace fanin
