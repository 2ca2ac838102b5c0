#include <cstdlib>
#include <string>
#include <string_view>

#include "framework/core/error.hpp"
#include "framework/core/kernels/kernels.hpp"

namespace fanin::FANIN_PRECISION {

// Each is defined where table.cpp is compiled for that instruction set.
Kernels avx512_table(const char* name);
Kernels avx2_table(const char* name);
Kernels neon_table(const char* name);
Kernels portable_table(const char* name);

namespace {

Kernels choose() {
  const struct {
    const char* name;
    bool available;
    Kernels (*make_table)(const char* name);
  } best_first[] = {
#if defined(__x86_64__)
    {"avx512",
     __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512cd") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl"),
     avx512_table},
    {"avx2", __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"), avx2_table},
#elif defined(__aarch64__)
    {"neon", true, neon_table},
#endif
#ifndef __aarch64__  // whose baseline has NEON
    {"portable", true, portable_table},
#endif
  };
  const char* forced = std::getenv("FANIN_SIMD");
  const std::string_view wanted = forced ? forced : "";
  std::string names;
  for (const auto& set : best_first) {
    names += (names.empty() ? "" : ", ") + std::string(set.name);
    if (!wanted.empty() && wanted != set.name) continue;
    if (set.available) return set.make_table(set.name);
    if (!wanted.empty()) throw UsageError(std::string("FANIN_SIMD: this CPU has no ") + set.name);
  }
  throw UsageError("FANIN_SIMD: expected one of " + names + ", got \"" + std::string(wanted) +
                   "\"");
}

}  // namespace

const Kernels& kernels() {
  static const Kernels chosen = choose();
  return chosen;
}

}  // namespace fanin::FANIN_PRECISION
