#include "framework/core/kernels/simd.hpp"

namespace fanin::inline FANIN_PRECISION::FANIN_ISA {
namespace {

// In blocks, so that each cache line of either side is touched while it is at hand.
void transpose(std::size_t rows, std::size_t columns, const Real* x, Real* y) {
  constexpr std::size_t block = 16;
  for (std::size_t r0 = 0; r0 < rows; r0 += block)
    for (std::size_t c0 = 0; c0 < columns; c0 += block) {
      const std::size_t r1 = r0 + block < rows ? r0 + block : rows;
      const std::size_t c1 = c0 + block < columns ? c0 + block : columns;
      for (std::size_t c = c0; c < c1; ++c)
        for (std::size_t r = r0; r < r1; ++r) y[c * rows + r] = x[r * columns + c];
    }
}

}  // namespace

void add_layout(Kernels& table) { table.transpose = transpose; }

}  // namespace fanin::inline FANIN_PRECISION::FANIN_ISA
