#include "experiments/record/folder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "experiments/record/events.hpp"
#include "experiments/task/options.hpp"
#include "framework/core/error.hpp"
#include "framework/core/kernels/kernels.hpp"
#include "framework/io/whole_file.hpp"

extern "C" char* openblas_get_corename();
extern "C" char* openblas_get_config();  // "OpenBLAS 0.3.21 ... SkylakeX MAX_THREADS=64"

namespace fanin {
namespace {

namespace fs = std::filesystem;

constexpr const char* log_suffix = ".jsonl";

std::string cpu_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);)
    if (line.starts_with("model name"))
      return line.substr(std::min(line.find(':') + 2, line.size()));
  return "unknown";
}

}  // namespace

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
  if (is_file(folder))
    throw UsageError(
        "{} is {}, not a results folder; name the folder of a sweep, such as "
        "results/lenet5",
        folder.string(), folder.extension() == ".jsonl" ? "the log of one run" : "a file");
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

nlohmann::json environment_manifest() {
  return {{"version", FANIN_VERSION}, {"commit", FANIN_COMMIT}, {"compiler", "GCC " __VERSION__},
          {"cpu", cpu_name()},        {"simd", kernels().name}, {"blas", openblas_get_config()}};
}

std::string version_line() {
  const std::string ours = kernels().name, core = openblas_get_corename();
  const std::string openblas = core == "Zen" ? "Haswell" : core;  // the same kernels
  const bool alike =
      (ours == "avx512" && openblas == "SkylakeX") || (ours == "avx2" && openblas == "Haswell");
  return fmt::format("fanin {} (kernels: {}{})", FANIN_VERSION, ours,
                     alike ? "" : ", OpenBLAS's: " + openblas);
}

std::string join_manifests(const std::vector<std::string>& texts) {
  using Json = nlohmann::json;
  std::set<Json> all;
  for (const std::string& text : texts) {
    Json one = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!one.is_object()) continue;
    for (const Json& other : one.value("others", Json::array())) all.insert(other);
    one.erase("others");
    all.insert(std::move(one));
  }
  if (all.empty()) return "";
  Json first = *all.begin();
  all.erase(all.begin());
  if (!all.empty()) first["others"] = all;
  return dump_json(first, 2) + "\n";
}

}  // namespace fanin
