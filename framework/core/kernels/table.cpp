#include "framework/core/kernels/transpose.hpp"

namespace fanin::FANIN_PRECISION::FANIN_ISA {
namespace {

void transpose(std::size_t rows, std::size_t columns, const Real* x, Real* y) {
  transpose_rows(
      rows, columns, [=](std::size_t i) { return x + i * columns; },
      [=](std::size_t j) { return y + j * rows; });
}

}  // namespace

Kernels make_table(const char* name) {
  Kernels table{};
  table.name = name;
  table.lanes = width;
  table.transpose = transpose;
  add_pointwise(table);
  add_gemm(table);
  add_conv(table);
  add_pool(table);
  add_norm(table);
  add_softmax(table);
  add_random(table);
  add_optim(table);
  return table;
}

}  // namespace fanin::FANIN_PRECISION::FANIN_ISA
