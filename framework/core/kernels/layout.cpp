#include "framework/core/kernels/simd.hpp"

namespace fanin::inline FANIN_PRECISION::FANIN_ISA {
namespace {

constexpr std::size_t block = 8;

void transpose_part(std::size_t rows, std::size_t columns, const Real* x, std::size_t x_row,
                    Real* y, std::size_t y_row) {
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t j = 0; j < columns; ++j) y[j * y_row + i] = x[i * x_row + j];
}

#ifndef FANIN_DOUBLE
using Eight = float __attribute__((vector_size(32)));

// 8 by 8 in registers: pairs, then quads, then halves change places.
void transpose_block(const Real* x, std::size_t x_row, Real* y, std::size_t y_row) {
  Eight r[block], s[block];
  for (std::size_t i = 0; i < block; ++i) __builtin_memcpy(&r[i], x + i * x_row, sizeof r[i]);
  for (std::size_t i = 0; i < block; i += 2) {
    s[i] = __builtin_shufflevector(r[i], r[i + 1], 0, 8, 1, 9, 4, 12, 5, 13);
    s[i + 1] = __builtin_shufflevector(r[i], r[i + 1], 2, 10, 3, 11, 6, 14, 7, 15);
  }
  for (std::size_t i = 0; i < block; i += 4) {
    r[i] = __builtin_shufflevector(s[i], s[i + 2], 0, 1, 8, 9, 4, 5, 12, 13);
    r[i + 1] = __builtin_shufflevector(s[i], s[i + 2], 2, 3, 10, 11, 6, 7, 14, 15);
    r[i + 2] = __builtin_shufflevector(s[i + 1], s[i + 3], 0, 1, 8, 9, 4, 5, 12, 13);
    r[i + 3] = __builtin_shufflevector(s[i + 1], s[i + 3], 2, 3, 10, 11, 6, 7, 14, 15);
  }
  for (std::size_t i = 0; i < 4; ++i) {
    s[i] = __builtin_shufflevector(r[i], r[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);
    s[i + 4] = __builtin_shufflevector(r[i], r[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
  }
  for (std::size_t i = 0; i < block; ++i) __builtin_memcpy(y + i * y_row, &s[i], sizeof s[i]);
}
#else
void transpose_block(const Real* x, std::size_t x_row, Real* y, std::size_t y_row) {
  transpose_part(block, block, x, x_row, y, y_row);
}
#endif

void transpose(std::size_t rows, std::size_t columns, const Real* x, Real* y) {
  const std::size_t whole_rows = rows / block * block, whole = columns / block * block;
  for (std::size_t j = 0; j < whole; j += block)
    for (std::size_t i = 0; i < whole_rows; i += block)
      transpose_block(x + i * columns + j, columns, y + j * rows + i, rows);
  transpose_part(whole_rows, columns - whole, x + whole, columns, y + whole * rows, rows);
  transpose_part(rows - whole_rows, columns, x + whole_rows * columns, columns, y + whole_rows,
                 rows);
}

}  // namespace

void add_layout(Kernels& table) { table.transpose = transpose; }

}  // namespace fanin::inline FANIN_PRECISION::FANIN_ISA
