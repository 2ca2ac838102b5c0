#pragma once

#include "framework/core/kernels/simd.hpp"

// Transposition between rows that may lie anywhere: from(i) and to(j) say where a row begins.
namespace fanin::FANIN_PRECISION::FANIN_ISA {
namespace {

constexpr std::size_t square = 8;

template <class From, class To>
void transpose_part(Range rows, Range columns, From from, To to) {
  for (std::size_t i = rows.first; i < rows.last; ++i) {
    const Real* x = from(i);
    for (std::size_t j = columns.first; j < columns.last; ++j) to(j)[i] = x[j];
  }
}

using Eight = Real __attribute__((vector_size(square * sizeof(Real))));

// Transposes 8 by 8 numbers in registers: pairs, then quads, then halves change places.
template <class From, class To>
void transpose_square(std::size_t row, std::size_t column, From from, To to) {
  Eight r[square], s[square];
  for (std::size_t i = 0; i < square; ++i)
    __builtin_memcpy(&r[i], from(row + i) + column, sizeof r[i]);
  for (std::size_t i = 0; i < square; i += 2) {
    s[i] = __builtin_shufflevector(r[i], r[i + 1], 0, 8, 1, 9, 4, 12, 5, 13);
    s[i + 1] = __builtin_shufflevector(r[i], r[i + 1], 2, 10, 3, 11, 6, 14, 7, 15);
  }
  for (std::size_t i = 0; i < square; i += 4) {
    r[i] = __builtin_shufflevector(s[i], s[i + 2], 0, 1, 8, 9, 4, 5, 12, 13);
    r[i + 1] = __builtin_shufflevector(s[i], s[i + 2], 2, 3, 10, 11, 6, 7, 14, 15);
    r[i + 2] = __builtin_shufflevector(s[i + 1], s[i + 3], 0, 1, 8, 9, 4, 5, 12, 13);
    r[i + 3] = __builtin_shufflevector(s[i + 1], s[i + 3], 2, 3, 10, 11, 6, 7, 14, 15);
  }
  for (std::size_t i = 0; i < 4; ++i) {
    s[i] = __builtin_shufflevector(r[i], r[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);
    s[i + 4] = __builtin_shufflevector(r[i], r[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
  }
  for (std::size_t i = 0; i < square; ++i)
    __builtin_memcpy(to(column + i) + row, &s[i], sizeof s[i]);
}

// to(j)[i] = from(i)[j].
template <class From, class To>
void transpose_rows(std::size_t rows, std::size_t columns, From from, To to) {
  const std::size_t whole_rows = rows / square * square, whole = columns / square * square;
  for (std::size_t j = 0; j < whole; j += square)
    for (std::size_t i = 0; i < whole_rows; i += square) transpose_square(i, j, from, to);
  transpose_part({0, whole_rows}, {whole, columns}, from, to);
  transpose_part({whole_rows, rows}, {0, columns}, from, to);
}

}  // namespace
}  // namespace fanin::FANIN_PRECISION::FANIN_ISA
