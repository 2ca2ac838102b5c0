// Where a sweep's files are: its results folder and the files of its runs; and its manifest.json.
#pragma once

#include <cstddef>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>
#include <vector>

namespace fanin {

inline constexpr const char *spec_file = "spec.toml", *model_file = "model.txt",
                            *manifest_file = "manifest.json", *page_file = "report.html",
                            *summary_file = "summary.csv", *timings_file = "timings.csv",
                            *statistics_file = "statistics.csv",
                            *comparisons_file = "comparisons.csv", *curves_file = "curves.csv",
                            *layers_file = "layers.csv", *tuning_file = "tuning.csv";

// The files of a run. Its log grows under another name until the run has ended. Without weights to
// keep, `weights` is empty.
struct RunFiles {
  std::filesystem::path log, growing, checkpoints, weights;
};
RunFiles run_files(const std::filesystem::path& folder, const std::string& run,
                   bool keeps_weights = false);
RunFiles files_beside(const std::filesystem::path& log, const std::filesystem::path& weights);

// The folders with a spec.toml: `folder` itself or else those in it, by name. Throws UsageError
// without any.
std::vector<std::filesystem::path> sweep_folders(const std::filesystem::path& folder);

// The names of the runs in a results folder that have a finished log, and a growing one.
struct Logs {
  std::set<std::string> ended, growing;
};
Logs logs_in(const std::filesystem::path& folder);

// The number of rows of a CSV file below its header; 0 without a file.
std::size_t rows_of(const std::filesystem::path& table);

// What a result depends on besides its spec: version, commit ("" outside of a repository),
// compiler, CPU, instruction set and OpenBLAS.
nlohmann::json environment_manifest();

// "fanin 0.1.0 (kernels: avx512)". It names OpenBLAS's kernels, too, if they do not go with ours:
// OpenBLAS chooses them by the CPU's name, and they round differently.
std::string version_line();

// One manifest of several: the first in sorted order, with the rest as its "others", each once.
// Texts that are not manifests are left out; "" if all are.
std::string join_manifests(const std::vector<std::string>& texts);

}  // namespace fanin
