// A published result is a file in experiments/reproduce/claims: where it was published, the specs
// whose runs are compared with it, and a table [[row]] for each of its numbers. [rows] holds what
// all rows share.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "experiments/reproduce/rows.hpp"
#include "experiments/sweep/sweep.hpp"

namespace fanin {

struct Claim {
  std::string id, source, setting;
  std::size_t order = 0;           // its place in the list of claims
  std::vector<std::string> specs;  // experiments/reproduce/specs/NAME.toml
  bool slow = false;               // trained only by name or with --all
  std::vector<Row> rows;
};

// Throws UsageError with file and line.
Claim read_claim(const std::filesystem::path& file);
std::vector<Claim> shipped_claims();  // in their order

struct ReproduceOptions {
  std::vector<std::string> ids;  // if empty, all but the slow ones
  bool all = false;
  SweepOptions sweep;
};

// Trains what the claims need into <out>/reproduce/<spec>/, and prints what it finds. Without ids
// it also writes table.csv and table.md there. Returns the exit code: 1 if a run is missing.
int reproduce(ReproduceOptions options);

}  // namespace fanin
