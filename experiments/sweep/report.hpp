#pragma once

#include <filesystem>
#include <vector>

namespace fanin {

// Summaries, figures and pages again, from the logs of results folders; several folders get a page
// together too, in `out` or beside the first. Throws UsageError for a folder that is none of a
// sweep.
void report(const std::vector<std::filesystem::path>& folders,
            const std::filesystem::path& out = {});

}  // namespace fanin
