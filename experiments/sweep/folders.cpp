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
  const auto has_spec = [](const fs::path& in) { return is_file(in / "spec.toml"); };
  if (has_spec(folder)) return {folder};
  std::vector<fs::path> found;
  std::error_code error;
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

std::set<std::string> files_of_runs(const std::filesystem::path& folder) {
  std::set<std::string> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder / "runs", error))
    files.insert(entry.path().filename().string());
  return files;
}

std::size_t strange_logs(const Sweep& sweep, const std::filesystem::path& folder) {
  std::set<std::string> known;
  for (const Run& run : sweep.runs)
    for (const auto& log : {log_path(run, folder), growing_log_path(run, folder)})
      known.insert(log.filename().string());
  return static_cast<std::size_t>(
      std::ranges::count_if(files_of_runs(folder), [&known](const std::string& file) {
        return (file.ends_with(".jsonl") || file.ends_with(".jsonl.part")) && !known.contains(file);
      }));
}

}  // namespace fanin
