#include "experiments/record/manifest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "experiments/record/events.hpp"
#include "framework/core/kernels/kernels.hpp"

extern "C" char* openblas_get_corename();
extern "C" char* openblas_get_config();  // "OpenBLAS 0.3.21 ... SkylakeX MAX_THREADS=64"

namespace fanin {
namespace {

std::string openblas_kernels() {
  const std::string core = openblas_get_corename();
  return core == "Zen" ? "Haswell" : core;  // they are the same
}

std::string cpu_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);)
    if (line.starts_with("model name"))
      return line.substr(std::min(line.find(':') + 2, line.size()));
  return "unknown";
}

}  // namespace

nlohmann::json environment_manifest() {
  return {{"version", FANIN_VERSION}, {"commit", FANIN_COMMIT}, {"compiler", "GCC " __VERSION__},
          {"cpu", cpu_name()},        {"simd", kernels().name}, {"blas", openblas_get_config()}};
}

std::string version_line() {
  const std::string openblas = openblas_kernels(), ours = kernels().name;
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
