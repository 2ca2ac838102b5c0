#include "framework/nn/rnn.hpp"

#include <fmt/format.h>

#include "framework/core/error.hpp"
#include "framework/ops/activation.hpp"
#include "framework/ops/shape.hpp"

namespace fanin::FANIN_PRECISION {
namespace {

Tensor insert_axis(const Tensor& x, std::size_t axis) {
  std::vector<std::int64_t> shape(x.shape().begin(), x.shape().end());
  shape.insert(shape.begin() + static_cast<std::ptrdiff_t>(axis), 1);
  return reshape(x, shape);
}

std::vector<Value> shown(Cell cell, std::size_t in, std::size_t hidden, const RecurrentOptions& o) {
  std::vector<Value> values{std::int64_t(in), std::int64_t(hidden), std::int64_t(o.num_layers),
                            o.bias,           o.batch_first,        o.dropout,
                            o.bidirectional};
  if (cell == Cell::rnn_tanh) values.push_back(std::string("tanh"));
  if (cell == Cell::rnn_relu) values.push_back(std::string("relu"));
  return values;
}

}  // namespace

Recurrent::Recurrent(const char* type, Cell cell, std::size_t input_size, std::size_t hidden_size,
                     const RecurrentOptions& options, Generator& generator)
    : TableLayer(type, shown(cell, input_size, hidden_size, options)),
      cell_(cell),
      in_(input_size),
      hidden_(hidden_size),
      options_(options) {
  if (hidden_ == 0 || options_.num_layers == 0)
    throw Error("{}: hidden_size and num_layers must be positive", type);
  check_dropout(options_.dropout);
  const std::size_t ways = options_.bidirectional ? 2 : 1, rows = gate_count(cell) * hidden_;
  for (std::size_t layer = 0; layer < options_.num_layers; ++layer)
    for (std::size_t way = 0; way < ways; ++way) {
      const std::size_t in = layer == 0 ? in_ : ways * hidden_;
      const auto draw = [&](const char* name, const Shape& shape) {
        return add_parameter(fmt::format("{}_l{}{}", name, layer, way == 1 ? "_reverse" : ""),
                             uniform_within(shape, hidden_, generator));
      };
      Direction d;
      d.w_ih = draw("weight_ih", {rows, in});
      d.w_hh = draw("weight_hh", {rows, hidden_});
      if (options_.bias) {
        d.b_ih = draw("bias_ih", {rows});
        d.b_hh = draw("bias_hh", {rows});
      }
      directions_.push_back(d);
    }
}

Recurrent::Result Recurrent::run(const Tensor& x, const Tensor& h_0, const Tensor& c_0) {
  if (x.shape().size() == 2) {  // a sequence without batch
    const std::size_t axis = options_.batch_first ? 0 : 1;
    const auto state = [](const Tensor& t) { return t.defined() ? insert_axis(t, 1) : t; };
    const auto last = [](const Tensor& t) { return t.defined() ? select(t, 1, 0) : t; };
    const Result result = run(insert_axis(x, axis), state(h_0), state(c_0));
    return {select(result.output, std::int64_t(axis), 0), last(result.h_n), last(result.c_n)};
  }
  if (x.shape().size() != 3 || x.shape()[2] != in_)
    throw Error("{}: expected input {} with I = {}, got {}", type(),
                options_.batch_first ? "[N, T, I]" : "[T, N, I]", in_, to_string(x.shape()));
  Tensor y = options_.batch_first ? transpose(x, 0, 1) : x;
  if (y.shape()[0] == 0)
    throw Error("{}: expected a sequence of at least one step, got {}", type(),
                to_string(x.shape()));
  const std::size_t batch = y.shape()[1], ways = options_.bidirectional ? 2 : 1;
  const Shape states{directions_.size(), batch, hidden_};
  for (const Tensor* state : {&h_0, &c_0})
    if (state->defined() && state->shape() != states)
      throw Error("{}: expected a state {}, got {}", type(), to_string(states),
                  to_string(state->shape()));
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
      const bool has_c = cell_ == Cell::lstm;
      const RecurrentOutput result =
          recurrent(cell_, y, {start(h_0, i), has_c ? start(c_0, i) : Tensor()}, d.w_ih, d.w_hh,
                    d.b_ih, d.b_hh, way == 1);
      outputs.push_back(result.output);
      h_n.push_back(insert_axis(result.last.h, 0));
      if (has_c) c_n.push_back(insert_axis(result.last.c, 0));
    }
    y = ways == 1 ? outputs[0] : concat(outputs, 2);
    if (layer + 1 < options_.num_layers) y = dropout(y, options_.dropout, training());
  }
  return {options_.batch_first ? transpose(y, 0, 1) : y, concat(h_n, 0),
          c_n.empty() ? Tensor() : concat(c_n, 0)};
}

}  // namespace fanin::FANIN_PRECISION
