#include "framework/core/kernels/transpose.hpp"

namespace fanin::FANIN_PRECISION {

Kernels FANIN_TABLE(const char* name) {
  using namespace FANIN_ISA;
  Kernels table{};
  table.name = name;
  table.lanes = width;
  table.transpose = [](std::size_t rows, std::size_t columns, const Real* x, Real* y) {
    transpose_rows(
        rows, columns, [=](std::size_t i) { return x + i * columns; },
        [=](std::size_t j) { return y + j * rows; });
  };
  add_pointwise(table);
  add_gemm(table);
  add_conv(table);
  add_norm(table);
  add_random(table);
  return table;
}

}  // namespace fanin::FANIN_PRECISION
