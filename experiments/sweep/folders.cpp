#include "experiments/sweep/folders.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>

#include "experiments/report/summary.hpp"
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

std::size_t strange_logs(const Sweep& sweep, const std::filesystem::path& folder) {
  std::set<std::string> known;
  for (const Run& run : sweep.runs)
    for (const auto& log : {log_path(run, folder), growing_log_path(run, folder)})
      known.insert(log.filename().string());
  std::size_t strange = 0;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder / "runs", error)) {
    const std::string log = entry.path().filename().string();
    strange += (log.ends_with(".jsonl") || log.ends_with(".jsonl.part")) && !known.contains(log);
  }
  return strange;
}

}  // namespace fanin
