#pragma once

#include <cmath>

#include "framework/core/generator.hpp"

namespace fanin::FANIN_PRECISION {

// U(-bound, bound) with bound = 1/sqrt(fan): what PyTorch's layers draw by default (it writes it as
// kaiming_uniform_ with a = sqrt(5)); zeros when nothing comes in.
inline Array uniform_within(const Shape& shape, std::size_t fan, Generator& generator) {
  const double bound = fan == 0 ? 0 : 1 / std::sqrt(static_cast<double>(fan));
  Array result(shape);
  generator.uniform(result, -bound, bound);
  return result;
}

}  // namespace fanin::FANIN_PRECISION
