#include "framework/core/blas_kernels.hpp"

#ifdef __aarch64__
#include <sys/auxv.h>
#endif

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "framework/core/error.hpp"

extern "C" {
void openblas_set_num_threads(int threads);
char* openblas_get_corename();
// Null if OpenBLAS was built for one CPU.
[[gnu::weak]] void gotoblas_dynamic_init();
[[gnu::weak]] void gotoblas_dynamic_quit();
}

namespace fanin::FANIN_PRECISION {
namespace {

constexpr const char* variable = "OPENBLAS_CORETYPE";

#ifdef __x86_64__
constexpr std::string_view unknown_model = "Prescott";  // what OpenBLAS then chooses

bool has_avx2() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }

bool has_avx512() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
}

void choose_again() {
  if (std::getenv(variable) || unknown_model != openblas_get_corename() || !has_avx2()) return;
  if (!gotoblas_dynamic_init || !gotoblas_dynamic_quit) return;
  setenv(variable, has_avx512() ? "SkylakeX" : "Haswell", 1);
  gotoblas_dynamic_quit();
  gotoblas_dynamic_init();
  unsetenv(variable);
}
#else
void choose_again() {}
#endif

// Before main, while there are no other threads. Threads are ours (parallel.hpp): OpenBLAS's would
// change the rounding, and they wait in a busy loop.
[[maybe_unused]] const bool prepared = (choose_again(), openblas_set_num_threads(1), true);

}  // namespace

void check_blas_kernels() {
  struct Set {
    std::vector<std::string_view> names;  // as OpenBLAS gives them
    bool run;
    std::string_view need;
  };
#ifdef __x86_64__
  const bool sse4_1 = __builtin_cpu_supports("sse4.1"), sse4_2 = __builtin_cpu_supports("sse4.2");
  const bool avx = __builtin_cpu_supports("avx"), fma4 = __builtin_cpu_supports("fma4");
  const bool bf16 = has_avx512() && __builtin_cpu_supports("avx512bf16");
  constexpr std::string_view safe = unknown_model;
  const std::vector<Set> all{
      {{"SapphireRapids", "Cooperlake"}, bf16, "AVX-512 with bfloat16"},
      {{"SkylakeX"}, has_avx512(), "AVX-512"},
      {{"Haswell", "Zen"}, has_avx2(), "AVX2"},
      {{"Sandybridge"}, avx, "AVX"},
      {{"Nehalem"}, sse4_2, "SSE4.2"},
      {{"Penryn", "Dunnington"}, sse4_1, "SSE4.1"},
      {{"Bulldozer", "Piledriver", "Steamroller", "Excavator"}, fma4, "FMA4"}};
#elif defined(__aarch64__) && defined(HWCAP_SVE)
  const bool sve = (getauxval(AT_HWCAP) & HWCAP_SVE) != 0;
  constexpr std::string_view safe = "ARMV8";
  const std::vector<Set> all{{{"armv8sve", "neoversev1", "neoversen2", "a64fx"}, sve, "SVE"}};
#else
  constexpr std::string_view safe = "";
  const std::vector<Set> all;
#endif
  const std::string_view chosen = openblas_get_corename();
  for (const Set& set : all) {
    if (set.run || std::ranges::find(set.names, chosen) == set.names.end()) continue;
    if (std::getenv(variable))
      throw UsageError("OPENBLAS_CORETYPE: this CPU has no {}, which the kernels {} need", set.need,
                       chosen);
    throw UsageError(
        "OpenBLAS chose its kernels {}, but this CPU has no {}, which they need; set "
        "OPENBLAS_CORETYPE={}",
        chosen, set.need, safe);
  }
}

}  // namespace fanin::FANIN_PRECISION
