#pragma once

#include <cstddef>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "experiments/specs/spec.hpp"

namespace fanin {

// The results folders of sweeps, which have a spec.toml: `folder` itself or, where it has none,
// those in it, by name. Throws UsageError where there are none.
std::vector<std::filesystem::path> sweep_folders(const std::filesystem::path& folder);

// The names of what a results folder has in runs/.
std::set<std::string> files_of_runs(const std::filesystem::path& folder);

// How many logs there are of none of the sweep's runs, as when its spec was once larger.
std::size_t strange_logs(const Sweep& sweep, const std::filesystem::path& folder);

}  // namespace fanin
