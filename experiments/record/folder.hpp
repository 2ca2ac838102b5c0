// Where everything of a sweep lies on the disk: its results folder, and the files of its runs.
#pragma once

#include <cstddef>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace fanin {

inline constexpr const char *spec_file = "spec.toml", *model_file = "model.txt",
                            *manifest_file = "manifest.json", *page_file = "report.html",
                            *summary_file = "summary.csv", *timings_file = "timings.csv",
                            *statistics_file = "statistics.csv",
                            *comparisons_file = "comparisons.csv";

// The files of a run. Its log grows under a name of its own until the run has ended.
struct RunFiles {
  std::filesystem::path log, growing, checkpoints, weights;
};
RunFiles run_files(const std::filesystem::path& folder, const std::string& run);
RunFiles files_beside(const std::filesystem::path& log, const std::filesystem::path& weights);

// The results folders of sweeps, which have a spec.toml: `folder` itself or, if it has none, those
// in it, by name. Throws UsageError if it finds no such folder.
std::vector<std::filesystem::path> sweep_folders(const std::filesystem::path& folder);

// The runs that have a log in a results folder, and those that have one that grows, by name.
struct Logs {
  std::set<std::string> ended, growing;
};
Logs logs_in(const std::filesystem::path& folder);

// How many rows a CSV file has below its header; 0 if there is no file.
std::size_t rows_of(const std::filesystem::path& table);

}  // namespace fanin
