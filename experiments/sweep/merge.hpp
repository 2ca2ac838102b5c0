#pragma once

#include <filesystem>
#include <vector>

namespace fanin {

// Brings the finished runs of results folders together in one, and summarises them. A run that
// several have is taken once. Throws UsageError for folders of different specs or models, and if
// two logs of a run differ in more than the time they took: then nothing is written.
void merge(const std::filesystem::path& out, const std::vector<std::filesystem::path>& folders);

}  // namespace fanin
