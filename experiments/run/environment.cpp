#include "experiments/run/environment.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "framework/core/kernels/kernels.hpp"

extern "C" char* openblas_get_corename();
extern "C" char* openblas_get_config();  // "OpenBLAS 0.3.21 ... SkylakeX MAX_THREADS=64"

namespace fanin {
namespace {

// As OpenBLAS calls them; "" where it knows no such sets.
std::string_view openblas_wanted() {
#ifdef __x86_64__
  const std::string_view ours = kernels().name;
  return ours == "avx512" ? "SkylakeX" : ours == "avx2" ? "Haswell" : "Prescott";
#else
  return "";
#endif
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
  const std::string openblas = openblas_get_corename();
  return fmt::format("fanin {} (kernels: {}{})", FANIN_VERSION, kernels().name,
                     openblas == openblas_wanted() ? "" : ", OpenBLAS's: " + openblas);
}

void choose_openblas(char** argv) {
  constexpr const char* variable = "OPENBLAS_CORETYPE";  // read before main begins
  const std::string wanted(openblas_wanted());
  if (wanted.empty() || wanted == openblas_get_corename() || std::getenv(variable)) return;
  setenv(variable, wanted.c_str(), 1);
  execv("/proc/self/exe", argv);  // where it fails, version_line() says which there are
}

}  // namespace fanin
