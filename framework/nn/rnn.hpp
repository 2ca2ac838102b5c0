#pragma once

#include "framework/nn/module.hpp"
#include "framework/ops/recurrent.hpp"

namespace fanin::inline FANIN_PRECISION {

struct LSTMOptions {
  std::size_t num_layers = 1;
  bool bias = true, batch_first = false, bidirectional = false;
};

// Long short-term memory over sequences [T, N, in], or [N, T, in] with batch_first.
// Default: every weight and bias from U(-1/sqrt(hidden), 1/sqrt(hidden)), layer by layer, forward
// before reverse: weight_ih_l0 [4 hidden, in], weight_hh_l0 [4 hidden, hidden], bias_ih_l0,
// bias_hh_l0 [4 hidden], weight_ih_l0_reverse ...; gates in the order i, f, g, o.
class LSTM : public Module {
 public:
  LSTM(std::size_t input_size, std::size_t hidden_size, const LSTMOptions& options = {},
       Generator& generator = default_generator());

  struct Result {
    Tensor output;    // [T, N, directions hidden] (or batch first): the top layer's hidden states
    Tensor h_n, c_n;  // [layers directions, N, hidden]: the last states
  };
  // h_0 and c_0 are shaped as h_n; zeros when undefined.
  Result run(const Tensor& x, const Tensor& h_0 = {}, const Tensor& c_0 = {});
  Tensor forward(const Tensor& x) override { return run(x).output; }
  std::string type() const override { return "LSTM"; }
  std::vector<Value> arguments() const override;

 private:
  struct Direction {
    Tensor w_ih, w_hh, b_ih, b_hh;
  };
  std::size_t in_, hidden_;
  LSTMOptions options_;
  std::vector<Direction> directions_;  // layer by layer
};

}  // namespace fanin::inline FANIN_PRECISION
