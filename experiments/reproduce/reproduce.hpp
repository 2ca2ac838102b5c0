#pragma once

#include <string>
#include <vector>

#include "experiments/sweep/sweep.hpp"

namespace fanin {

struct ReproduceOptions {
  std::vector<std::string> ids;  // if empty, all but the slow ones
  bool all = false;
  SweepOptions sweep;
};

// Trains what the claims need into <out>/reproduce/<spec>/, and prints what it finds. Without ids
// it also writes <out>/reproduce/table.csv and table.md. Returns the exit code: 1 if a run is
// missing.
int reproduce(ReproduceOptions options);

}  // namespace fanin
