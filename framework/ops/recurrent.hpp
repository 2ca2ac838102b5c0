#pragma once

#include "framework/autograd/tensor.hpp"

namespace fanin::inline FANIN_PRECISION {

struct LstmState {
  Tensor h, c;  // [N, H]
};

struct LstmOutput {
  Tensor output;  // [T, N, H], every hidden state
  LstmState last;
};

// One layer in one direction over x [T, N, I], from a given state: w_ih [4H, I], w_hh [4H, H],
// biases [4H] or undefined, gates in PyTorch's order i, f, g, o. In `reverse` the sequence is read
// from its end; the output stays in the input's order. Throws Error where shapes do not fit.
LstmOutput lstm(const Tensor& x, const LstmState& start, const Tensor& w_ih, const Tensor& w_hh,
                const Tensor& b_ih, const Tensor& b_hh, bool reverse = false);

}  // namespace fanin::inline FANIN_PRECISION
