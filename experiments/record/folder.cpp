#include "experiments/record/folder.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "experiments/task/options.hpp"
#include "framework/core/error.hpp"
#include "framework/io/whole_file.hpp"

namespace fanin {

namespace fs = std::filesystem;

constexpr const char* log_suffix = ".jsonl";

RunFiles run_files(const fs::path& folder, const std::string& run, bool keeps_weights) {
  const fs::path runs = folder / "runs";
  return files_beside(runs / (run + log_suffix),
                      keeps_weights ? runs / (run + ".safetensors") : "");
}

RunFiles files_beside(const fs::path& log, const fs::path& weights) {
  if (log.empty()) return {"", "", "", weights};
  return {log, log.string() + growing_suffix, log.string() + ".checkpoints", weights};
}

std::vector<fs::path> sweep_folders(const fs::path& folder) {
  const auto has_spec = [](const fs::path& in) { return is_file(in / spec_file); };
  if (has_spec(folder)) return {folder};
  std::vector<fs::path> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error))
    if (has_spec(entry.path())) found.push_back(entry.path());
  if (found.empty())
    throw UsageError("{} is not a results folder: neither it nor any folder in it has a spec.toml",
                     folder.string());
  std::ranges::sort(found);
  return found;
}

Logs logs_in(const fs::path& folder) {
  Logs logs;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder / "runs", error)) {
    const fs::path name = entry.path().filename(), within = name.stem();
    if (name.extension() == log_suffix) logs.ended.insert(within);
    if (name.extension() == growing_suffix && within.extension() == log_suffix)
      logs.growing.insert(within.stem());
  }
  return logs;
}

std::size_t rows_of(const fs::path& table) {
  std::ifstream file(table);
  const auto lines = std::count(std::istreambuf_iterator<char>(file), {}, '\n');
  return static_cast<std::size_t>(std::max<std::ptrdiff_t>(lines, 1) - 1);
}

}  // namespace fanin
