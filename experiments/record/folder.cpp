#include "experiments/record/folder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string_view>

#include "framework/core/error.hpp"
#include "framework/io/whole_file.hpp"

namespace fanin {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view log_suffix = ".jsonl", growing_suffix = ".part";

}  // namespace

RunFiles run_files(const fs::path& folder, const std::string& run) {
  const fs::path runs = folder / "runs";
  return files_beside(runs / fmt::format("{}{}", run, log_suffix), runs / (run + ".safetensors"));
}

RunFiles files_beside(const fs::path& log, const fs::path& weights) {
  return {log, log.string().append(growing_suffix), log.string() + ".checkpoints", weights};
}

std::vector<fs::path> sweep_folders(const fs::path& folder) {
  const auto has_spec = [](const fs::path& in) { return is_file(in / spec_file); };
  if (has_spec(folder)) return {folder};
  std::vector<fs::path> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error))
    if (has_spec(entry.path())) found.push_back(entry.path());
  if (found.empty())
    throw UsageError("{} is no results folder: neither it nor a folder in it has a spec.toml",
                     folder.string());
  std::ranges::sort(found);
  return found;
}

std::set<std::string> names_in_runs(const fs::path& folder) {
  std::set<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder / "runs", error))
    names.insert(entry.path().filename().string());
  return names;
}

std::size_t strange_logs(const fs::path& folder, const std::set<std::string>& runs) {
  const auto is_strange = [&runs](std::string name) {
    if (name.ends_with(growing_suffix)) name.resize(name.size() - growing_suffix.size());
    if (!name.ends_with(log_suffix)) return false;
    name.resize(name.size() - log_suffix.size());
    return !runs.contains(name);
  };
  return static_cast<std::size_t>(std::ranges::count_if(names_in_runs(folder), is_strange));
}

std::size_t rows_of(const fs::path& table) {
  std::ifstream file(table);
  const auto lines = std::count(std::istreambuf_iterator<char>(file), {}, '\n');
  return static_cast<std::size_t>(std::max<std::ptrdiff_t>(lines, 1) - 1);
}

}  // namespace fanin
