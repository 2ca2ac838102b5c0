// The best values of [tune]'s keys for each init, chosen on held-out training images.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "experiments/specs/spec.hpp"
#include "experiments/sweep/plan.hpp"

namespace fanin {

// Reads the same spec with further overrides, or at tuned values.
using SpecReader =
    std::function<Sweep(const std::vector<Override>& more, const std::vector<Tuned>& tuned)>;

// For a sweep with grids and no choice: trains each init at all values of the grids, with the seeds
// 100 to 102 (or others if the sweep uses these), on training images without those that it holds
// out and judges by, into <out>/<name>-tuning. If the best learning rate of an init lies at an end
// of the grid, the grid grows there, twice at most. Returns the sweep at each init's best values.
// Returns nothing, and the program's exit code, if runs are missing: they failed, were stopped or
// belong to other shards.
std::optional<Sweep> tuned(const Sweep& sweep, const SpecReader& read, const SweepOptions& options,
                           int& exit_code);

// The best values in a tuning's results, for each panel of the sweep and init: those of the highest
// mean accuracy, the smallest learning rate among equals.
std::vector<Tuned> choose(const Results& tuning, const Sweep& sweep);

}  // namespace fanin
