#pragma once

#include <filesystem>
#include <vector>

namespace fanin {

// Copies the finished runs of results folders into one folder, each run once, and summarises them.
// Throws UsageError for folders of different specs or models, and if two logs of a run differ in
// more than their times. Then it writes nothing.
void merge(const std::filesystem::path& out, const std::vector<std::filesystem::path>& folders);

}  // namespace fanin
