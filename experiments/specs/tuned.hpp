// The grids of a spec's [tune], and what was chosen from them.
#pragma once

#include <vector>

#include "experiments/specs/spec_draft.hpp"

namespace fanin {

// Reads the [[tuned]] tables, or writes them if choices are given, and sets the runs' options.
// Throws UsageError for a run without a table, and for tables that lack a key.
void apply_tuned(Draft& draft, Sweep& sweep, const std::vector<Tuned>& choices);

}  // namespace fanin
