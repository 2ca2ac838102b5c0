#pragma once

#include "framework/autograd/tensor.hpp"

namespace fanin::FANIN_PRECISION {

// One step from input x and state h; * is the elementwise product.
//   rnn   h' = tanh or relu of W_ih x + b_ih + W_hh h + b_hh                       (Elman 1990)
//   lstm  c' = f * c + i * g, h' = o * tanh(c'), rows i, f, g, o   (Hochreiter & Schmidhuber 1997)
//   gru   h' = (1 - z) * n + z * h, n = tanh(W_in x + b_in + r * (W_hn h + b_hn)), rows r, z, n
//                                                                            (Cho et al. 2014)
enum class Cell { rnn_tanh, rnn_relu, lstm, gru };

std::size_t gate_count(Cell cell);  // rows of the weights, in units of H: 1, 4 or 3

struct RecurrentState {
  Tensor h, c;  // [N, H]; only an LSTM has c
};

struct RecurrentOutput {
  Tensor output;  // [T, N, H], every hidden state
  RecurrentState last;
};

// One layer in one direction over x [T, N, I], from a given state: w_ih [G H, I], w_hh [G H, H] and
// biases [G H] or undefined, with G gates in PyTorch's order. With `reverse` the sequence is read
// from its end; the output keeps the input's order. Throws Error if the shapes do not fit.
RecurrentOutput recurrent(Cell cell, const Tensor& x, const RecurrentState& start,
                          const Tensor& w_ih, const Tensor& w_hh, const Tensor& b_ih,
                          const Tensor& b_hh, bool reverse = false);

}  // namespace fanin::FANIN_PRECISION
