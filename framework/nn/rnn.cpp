#include "framework/nn/rnn.hpp"

#include <fmt/format.h>

#include "framework/core/error.hpp"
#include "framework/nn/default_init.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/shape.hpp"

namespace fanin::inline FANIN_PRECISION {

LSTM::LSTM(std::size_t input_size, std::size_t hidden_size, const LSTMOptions& options,
           Generator& generator)
    : in_(input_size), hidden_(hidden_size), options_(options) {
  if (hidden_ == 0 || options_.num_layers == 0)
    throw Error("LSTM: hidden_size and num_layers must be positive");
  const std::size_t ways = options_.bidirectional ? 2 : 1;
  for (std::size_t layer = 0; layer < options_.num_layers; ++layer)
    for (std::size_t way = 0; way < ways; ++way) {
      const std::size_t in = layer == 0 ? in_ : ways * hidden_;
      const auto draw = [&](const char* name, const Shape& shape) {
        return add_parameter(fmt::format("{}_l{}{}", name, layer, way == 1 ? "_reverse" : ""),
                             uniform_within(shape, hidden_, generator));
      };
      Direction d;
      d.w_ih = draw("weight_ih", {4 * hidden_, in});
      d.w_hh = draw("weight_hh", {4 * hidden_, hidden_});
      if (options_.bias) {
        d.b_ih = draw("bias_ih", {4 * hidden_});
        d.b_hh = draw("bias_hh", {4 * hidden_});
      }
      directions_.push_back(d);
    }
}

LSTM::Result LSTM::run(const Tensor& x, const Tensor& h_0, const Tensor& c_0) {
  if (x.shape().size() != 3 || x.shape()[2] != in_)
    throw Error(fmt::format("LSTM: expected input {} with I = {}, got {}",
                            options_.batch_first ? "[N, T, I]" : "[T, N, I]", in_,
                            to_string(x.shape())));
  Tensor y = options_.batch_first ? transpose(x, 0, 1) : x;
  const std::size_t batch = y.shape()[1], ways = options_.bidirectional ? 2 : 1;
  const Shape states{directions_.size(), batch, hidden_};
  for (const Tensor* state : {&h_0, &c_0})
    if (state->defined() && state->shape() != states)
      throw Error(fmt::format("LSTM: expected a state {}, got {}", to_string(states),
                              to_string(state->shape())));
  const auto start = [&](const Tensor& state, std::size_t i) {
    return state.defined() ? select(state, 0, static_cast<std::int64_t>(i))
                           : Tensor(Array::full({batch, hidden_}, 0));
  };

  std::vector<Tensor> h_n, c_n;
  for (std::size_t layer = 0; layer < options_.num_layers; ++layer) {
    std::vector<Tensor> outputs;
    for (std::size_t way = 0; way < ways; ++way) {
      const std::size_t i = layer * ways + way;
      const Direction& d = directions_[i];
      const LstmOutput result =
          lstm(y, {start(h_0, i), start(c_0, i)}, d.w_ih, d.w_hh, d.b_ih, d.b_hh, way == 1);
      outputs.push_back(result.output);
      h_n.push_back(reshape(result.last.h, {1, std::int64_t(batch), std::int64_t(hidden_)}));
      c_n.push_back(reshape(result.last.c, {1, std::int64_t(batch), std::int64_t(hidden_)}));
    }
    y = ways == 1 ? outputs[0] : concat(outputs, 2);
  }
  return {options_.batch_first ? transpose(y, 0, 1) : y, concat(h_n, 0), concat(c_n, 0)};
}

std::vector<Value> LSTM::arguments() const {
  return {std::int64_t(in_), std::int64_t(hidden_), std::int64_t(options_.num_layers),
          options_.bias,     options_.batch_first,  options_.bidirectional};
}

}  // namespace fanin::inline FANIN_PRECISION
