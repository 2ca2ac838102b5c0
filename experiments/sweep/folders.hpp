#pragma once

#include <filesystem>
#include <vector>

namespace fanin {

// The results folders of sweeps, which have a spec.toml: `folder` itself or, where it has none,
// those in it, by name. Throws UsageError where there are none.
std::vector<std::filesystem::path> sweep_folders(const std::filesystem::path& folder);

}  // namespace fanin
