#pragma once

#include "framework/data/dataset.hpp"

namespace fanin::FANIN_PRECISION {

// The copying task of Hochreiter & Schmidhuber 1997 as in Arjovsky et al. 2016: 10 symbols out of
// 1 to 8, then `delay` blanks (0) whose last is the call to answer (9), then 10 blanks, under which
// the symbols are due in their order. A sample is [1, delay + 20] tokens with 10 labels, each from
// 0 to 7; guessing gives an accuracy of 1/8 and a loss of log 8.
constexpr std::size_t copied_symbols = 10;
Data make_copy_task(std::size_t delay, std::size_t train, std::size_t test, std::uint64_t seed = 0);

}  // namespace fanin::FANIN_PRECISION
