#include "framework/core/kernels/simd.hpp"

namespace fanin::FANIN_PRECISION::FANIN_ISA {

Kernels make_table(const char* name) {
  Kernels table{};
  table.name = name;
  table.lanes = width;
  add_layout(table);
  add_pointwise(table);
  add_gemm(table);
  add_conv(table);
  add_pool(table);
  add_norm(table);
  add_softmax(table);
  add_recurrent(table);
  add_random(table);
  add_optim(table);
  return table;
}

}  // namespace fanin::FANIN_PRECISION::FANIN_ISA
