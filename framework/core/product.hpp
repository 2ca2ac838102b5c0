#pragma once

#include <cstddef>

#include "framework/core/precision.hpp"

namespace fanin::FANIN_PRECISION {

// The left factor [rows, columns] of a product, element (i, j) at data[i * row + j * step]; one of
// the two is 1: it lies row by row, or as its transpose.
struct Factor {
  const Real* data;
  std::size_t rows, columns, row, step;
};

inline Factor by_rows(const Real* data, std::size_t rows, std::size_t columns) {
  return {data, rows, columns, columns, 1};
}
inline Factor transposed(const Real* data, std::size_t rows, std::size_t columns) {
  return {data, rows, columns, 1, rows};
}

// c [a.rows][n] = a b + bias for b [a.columns][n] and a bias for each row, or null for none, on
// all threads of the run. Products as networks have them: n is the batch or a layer's inputs.
void product(const Factor& a, const Real* b, std::size_t n, const Real* bias, Real* c);
void add_product(const Factor& a, const Real* b, std::size_t n, Real* c);  // c += a b

}  // namespace fanin::FANIN_PRECISION
