#include <cstdlib>
#include <string>
#include <string_view>

#include "framework/core/error.hpp"
#include "framework/core/kernels/kernels.hpp"

namespace fanin::inline FANIN_PRECISION {

namespace avx512 {
Kernels make_table(const char* name);
}
namespace avx2 {
Kernels make_table(const char* name);
}
namespace portable {
Kernels make_table(const char* name);
}

namespace {

bool has_avx512() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vl");
}

bool has_avx2() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }

Kernels choose() {
  const char* forced = std::getenv("FANIN_SIMD");
  const std::string_view wanted = forced ? forced : "";
  const auto take = [&](const char* name, bool available) {
    if (wanted == name && !available)
      throw Error(std::string("FANIN_SIMD: this CPU has no ") + name);
    return available && (wanted.empty() || wanted == name);
  };
  if (take("avx512", has_avx512())) return avx512::make_table("avx512");
  if (take("avx2", has_avx2())) return avx2::make_table("avx2");
  if (take("portable", true)) return portable::make_table("portable");
  throw Error("FANIN_SIMD: expected avx512, avx2 or portable, got \"" + std::string(wanted) + "\"");
}

}  // namespace

const Kernels& kernels() {
  static const Kernels chosen = choose();
  return chosen;
}

}  // namespace fanin::inline FANIN_PRECISION
