#include "framework/core/kernels/transpose.hpp"

namespace fanin::FANIN_PRECISION::FANIN_ISA {
namespace {

void transpose(std::size_t rows, std::size_t columns, const Real* x, Real* y) {
  transpose_rows(
      rows, columns, [=](std::size_t i) { return x + i * columns; },
      [=](std::size_t j) { return y + j * rows; });
}

}  // namespace

void add_layout(Kernels& table) { table.transpose = transpose; }

}  // namespace fanin::FANIN_PRECISION::FANIN_ISA
