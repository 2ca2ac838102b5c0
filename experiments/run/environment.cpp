#include "experiments/run/environment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "framework/core/kernels/kernels.hpp"

namespace fanin {
namespace {

std::string cpu_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);)
    if (line.starts_with("model name"))
      return line.substr(std::min(line.find(':') + 2, line.size()));
  return "unknown";
}

}  // namespace

nlohmann::json environment_manifest() {
  return {{"version", FANIN_VERSION},
          {"commit", FANIN_COMMIT},
          {"compiler", "GCC " __VERSION__},
          {"cpu", cpu_name()},
          {"simd", kernels().name}};
}

std::string version_line() {
  return fmt::format("fanin {} (kernels: {})", FANIN_VERSION, kernels().name);
}

}  // namespace fanin
