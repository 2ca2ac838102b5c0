#include "experiments/sweep/folders.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "framework/core/error.hpp"

namespace fanin {

std::vector<std::filesystem::path> sweep_folders(const std::filesystem::path& folder) {
  namespace fs = std::filesystem;
  std::error_code error;
  const auto has_spec = [&error](const fs::path& in) {
    return fs::is_regular_file(in / "spec.toml", error);
  };
  if (has_spec(folder)) return {folder};
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(folder, error))
    if (has_spec(entry.path())) found.push_back(entry.path());
  if (found.empty())
    throw UsageError(
        fmt::format("{} is no results folder: neither it nor a folder in it has a "
                    "spec.toml",
                    folder.string()));
  std::ranges::sort(found);
  return found;
}

}  // namespace fanin
