#include "framework/core/blas.hpp"

#include "framework/core/xtensor.hpp"  // first, see there

#ifdef __x86_64__
#include <cpuid.h>
#elif defined(__aarch64__)
#include <sys/auxv.h>
#endif
#include <sys/mman.h>

#include <array>
#include <cstdlib>
#include <new>
#include <string_view>
#include <xtensor-blas/xblas.hpp>

#include "framework/core/error.hpp"

extern "C" void openblas_set_num_threads(int threads);
extern "C" char* openblas_get_corename();

namespace fanin::FANIN_PRECISION {
namespace {

cxxblas::Transpose transpose(const Matrix& m) {
  return m.transposed ? cxxblas::Trans : cxxblas::NoTrans;
}

// Threads are ours to run (parallel.hpp): OpenBLAS's own round otherwise, and wait in a busy loop.
[[maybe_unused]] const bool single_threaded = (openblas_set_num_threads(1), true);

}  // namespace

void check_blas_kernels() {
  struct Kernels {
    std::string_view name;  // as OpenBLAS gives it
    bool run;
    std::string_view need;
  };
#ifdef __x86_64__
  const bool sse4_1 = __builtin_cpu_supports("sse4.1"), sse4_2 = __builtin_cpu_supports("sse4.2");
  const bool avx = __builtin_cpu_supports("avx"), fma4 = __builtin_cpu_supports("fma4");
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
  const bool bf16 = avx512 && __builtin_cpu_supports("avx512bf16");
  unsigned int a = 0, b = 0, c = 0, d = 0;  // not all compilers know 3DNow by name
  const bool three_d_now = __get_cpuid(0x80000001, &a, &b, &c, &d) != 0 && d >> 31 == 1;
  constexpr std::string_view safe = "Prescott";
  const Kernels all[] = {{"SapphireRapids", bf16, "AVX-512 with bfloat16"},
                         {"Cooperlake", bf16, "AVX-512 with bfloat16"},
                         {"SkylakeX", avx512, "AVX-512"},
                         {"Haswell", avx2, "AVX2"},
                         {"Zen", avx2, "AVX2"},
                         {"Sandybridge", avx, "AVX"},
                         {"Nehalem", sse4_2, "SSE4.2"},
                         {"Penryn", sse4_1, "SSE4.1"},
                         {"Dunnington", sse4_1, "SSE4.1"},
                         {"Bulldozer", fma4, "FMA4"},
                         {"Piledriver", fma4, "FMA4"},
                         {"Steamroller", fma4, "FMA4"},
                         {"Excavator", fma4, "FMA4"},
                         {"Opteron", three_d_now, "3DNow"},
                         {"Opteron_SSE3", three_d_now, "3DNow"}};
#elif defined(__aarch64__) && defined(HWCAP_SVE)
  const bool sve = (getauxval(AT_HWCAP) & HWCAP_SVE) != 0;
  constexpr std::string_view safe = "ARMV8";
  const Kernels all[] = {{"armv8sve", sve, "SVE"},
                         {"neoversev1", sve, "SVE"},
                         {"neoversen2", sve, "SVE"},
                         {"a64fx", sve, "SVE"}};
#else
  constexpr std::string_view safe = "";
  const std::array<Kernels, 0> all{};
#endif
  const std::string_view chosen = openblas_get_corename();
  for (const Kernels& kernels : all) {
    if (chosen != kernels.name || kernels.run) continue;
    if (std::getenv("OPENBLAS_CORETYPE"))
      throw UsageError("OPENBLAS_CORETYPE: this CPU has no {}, which the kernels {} need",
                       kernels.need, chosen);
    throw UsageError(
        "OpenBLAS chose its kernels {}, but this CPU has no {}, which they need; set "
        "OPENBLAS_CORETYPE={}",
        chosen, kernels.need, safe);
  }
}

void check_blas() {
  [[maybe_unused]] static const bool has_room = [] {
    check_blas_kernels();
    constexpr std::size_t bytes = std::size_t{136} << 20;
    void* room = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED) throw std::bad_alloc();
    return munmap(room, bytes) == 0;
  }();
}

void blas_gemm(const Matrix& a, const Matrix& b, Real beta, Real* c, std::size_t c_stride) {
  check_blas();
  using Index = xt::blas_index_t;
  cxxblas::gemm<Index>(cxxblas::RowMajor, transpose(a), transpose(b), static_cast<Index>(a.rows),
                       static_cast<Index>(b.columns), static_cast<Index>(a.columns), Real(1),
                       a.data, static_cast<Index>(a.stride), b.data, static_cast<Index>(b.stride),
                       beta, c, static_cast<Index>(c_stride > 0 ? c_stride : b.columns));
}

}  // namespace fanin::FANIN_PRECISION
