#pragma once

#include "framework/nn/module.hpp"
#include "framework/ops/recurrent.hpp"

namespace fanin::FANIN_PRECISION {

struct RecurrentOptions {
  std::size_t num_layers = 1;
  bool bias = true, batch_first = false;
  double dropout = 0;  // between layers, in training
  bool bidirectional = false;
};

// A recurrent network over sequences [T, N, in], or [N, T, in] with batch_first, or one sequence
// [T, in]. Default: all are drawn from U(-1/sqrt(hidden), 1/sqrt(hidden)), layer by layer, forward
// before reverse: weight_ih_l0 [G * hidden, in], weight_hh_l0 [G * hidden, hidden], bias_ih_l0 and
// bias_hh_l0 [G * hidden], weight_ih_l0_reverse ... with the G gates of ops/recurrent.hpp.
class Recurrent : public TableLayer {
 public:
  struct Result {
    Tensor output;    // [T, N, directions * hidden] (or batch first): each h of the top layer
    Tensor h_n, c_n;  // [layers * directions, N, hidden]: the last states; only an LSTM has c_n
  };
  // h_0 and c_0 are shaped as h_n; zeros when undefined.
  Result run(const Tensor& x, const Tensor& h_0 = {}, const Tensor& c_0 = {});
  Tensor forward(const Tensor& x) override { return run(x).output; }

 protected:
  Recurrent(const char* type, Cell cell, std::size_t input_size, std::size_t hidden_size,
            const RecurrentOptions& options, Generator& generator);

 private:
  struct Direction {
    Tensor w_ih, w_hh, b_ih, b_hh;
  };
  Cell cell_;
  std::size_t in_, hidden_;
  RecurrentOptions options_;
  std::vector<Direction> directions_;  // layer by layer
};

struct RNN : Recurrent {  // Elman's, with tanh or ReLU; PyTorch's text does not say which
  RNN(std::size_t input_size, std::size_t hidden_size, const RecurrentOptions& options = {},
      bool relu = false, Generator& generator = default_generator())
      : Recurrent("RNN", relu ? Cell::rnn_relu : Cell::rnn_tanh, input_size, hidden_size, options,
                  generator) {}
};

struct LSTM : Recurrent {
  LSTM(std::size_t input_size, std::size_t hidden_size, const RecurrentOptions& options = {},
       Generator& generator = default_generator())
      : Recurrent("LSTM", Cell::lstm, input_size, hidden_size, options, generator) {}
};

struct GRU : Recurrent {
  GRU(std::size_t input_size, std::size_t hidden_size, const RecurrentOptions& options = {},
      Generator& generator = default_generator())
      : Recurrent("GRU", Cell::gru, input_size, hidden_size, options, generator) {}
};

}  // namespace fanin::FANIN_PRECISION
