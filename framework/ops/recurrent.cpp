#include "framework/ops/recurrent.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "framework/core/elementwise.hpp"
#include "framework/core/error.hpp"
#include "framework/core/kernels/kernels.hpp"
#include "framework/core/linalg.hpp"
#include "framework/ops/shape.hpp"

namespace fanin::FANIN_PRECISION {
namespace {

// A step's gates are weights [B H][I + H] times (x, h) [I + H][N], with B blocks of H rows. The
// blocks are PyTorch's gates, except that a GRU's n has one block for its part from x and one for
// that from h.
std::size_t block_count(Cell cell) { return cell == Cell::gru ? 4 : gate_count(cell); }

// Turns the rows of PyTorch's w_ih, w_hh or biases into blocks, and those of biases back.
Array to_blocks(Cell cell, const Array& rows, bool from_state) {
  if (cell != Cell::gru) return rows;
  const std::size_t h = rows.shape()[0] / 3;
  const Array none = Array::full(rows.shape().with(0, h), 0);
  if (!from_state) return concat({rows, none}, 0);
  return concat({slice(rows, 0, 0, 2 * h), none, slice(rows, 0, 2 * h, h)}, 0);
}

Array from_blocks(Cell cell, const Array& blocks, bool from_state) {
  if (cell != Cell::gru) return blocks;
  const std::size_t h = blocks.shape()[0] / 4;
  if (!from_state) return slice(blocks, 0, 0, 3 * h);
  return concat({slice(blocks, 0, 0, 2 * h), slice(blocks, 0, 3 * h, h)}, 0);
}

// One product: rows of the weights that take x, h or both, and the columns for these.
struct Piece {
  std::size_t row, rows;
  bool x, h;
  std::size_t column, columns;
};

std::vector<Piece> pieces(Cell cell, std::size_t in, std::size_t hidden) {
  if (cell != Cell::gru) return {{0, gate_count(cell) * hidden, true, true, 0, in + hidden}};
  return {{0, 2 * hidden, true, true, 0, in + hidden},
          {2 * hidden, hidden, true, false, 0, in},
          {3 * hidden, hidden, false, true, in, hidden}};
}

// What the forward pass keeps for the backward pass.
struct Tape {
  Cell cell;
  std::size_t steps, batch, in, hidden;
  Array weights;  // [B H][I + H]
  Array inputs;   // [T][I + H][N]: x and the previous hidden state, in order of time
  Array gates;    // [T][B H][N], activated
  Array cells;    // [T + 1][H][N], from the start state on; only for an LSTM
  Array dc_last;  // the gradient of the last cell state, if its backward pass came

  std::size_t state() const { return hidden * batch; }
  std::size_t rows() const { return in + hidden; }
  std::size_t blocks() const { return block_count(cell) * hidden; }
  Real* gates_at(std::size_t i) { return gates.data() + i * blocks() * batch; }
  const Real* before(std::size_t i) const {  // the hidden state that step i starts from
    return inputs.data() + (i * rows() + in) * batch;
  }

  // Some columns of a piece of the weights, transposed.
  Matrix columns(const Piece& p, std::size_t first, std::size_t count) const {
    return {weights.data() + p.row * rows() + first, count, p.rows, rows(), true};
  }

  void forward(std::size_t i, Real* h) {
    const std::size_t n = state();
    Real *gate = gates_at(i), *c = cells.data() + (cell == Cell::lstm ? i * n : 0);
    switch (cell) {
      case Cell::rnn_tanh: kernels().tanh(n, gate, h); break;
      case Cell::rnn_relu: kernels().relu(n, gate, h); break;
      case Cell::lstm: kernels().lstm_cell(n, gate, c, c + n, h); break;
      case Cell::gru: kernels().gru_cell(n, gate, before(i), h); break;
    }
    if (cell == Cell::rnn_tanh || cell == Cell::rnn_relu) std::copy_n(h, n, gate);
  }

  // Computes dgates from dh. A GRU's dh keeps what flows past the gates to the previous state.
  void backward(std::size_t i, Real* dh, Real* dc, Real* dgates) {
    const std::size_t n = state();
    Real *gate = gates_at(i), *c = cells.data() + (cell == Cell::lstm ? i * n : 0);
    switch (cell) {
      case Cell::rnn_tanh: kernels().tanh_backward(n, gate, dh, dgates); break;
      case Cell::rnn_relu: kernels().relu_backward(n, gate, dh, dgates); break;
      case Cell::lstm: kernels().lstm_cell_backward(n, gate, c, c + n, dh, dc, dgates); break;
      case Cell::gru: kernels().gru_cell_backward(n, gate, before(i), dh, dgates); break;
    }
  }
};

void check(Cell cell, const Tensor& x, const RecurrentState& start, const Tensor& w_ih,
           const Tensor& w_hh, const Tensor& b_ih, const Tensor& b_hh) {
  const Shape &s = x.shape(), &w = w_ih.shape(), &u = w_hh.shape();
  const std::size_t gates = gate_count(cell);
  if (s.size() != 3 || w.size() != 2 || u.size() != 2 || s[2] != w[1] || u[0] != gates * u[1] ||
      w[0] != u[0] || s[0] == 0)
    throw Error(
        "recurrent: input {} does not fit w_ih {} and w_hh {}; expected [T, N, I], "
        "[{} H, I] and [{} H, H]",
        to_string(s), to_string(w), to_string(u), gates, gates);
  for (const Tensor* bias : {&b_ih, &b_hh})
    if (bias->defined() && bias->shape() != Shape{u[0]})
      throw Error("recurrent: bias {} does not fit w_hh {}", to_string(bias->shape()),
                  to_string(u));
  if (!start.h.defined() || start.c.defined() != (cell == Cell::lstm))
    throw Error("recurrent: an LSTM starts from h and c, other cells from h alone");
  for (const Tensor* state : {&start.h, &start.c})
    if (state->defined() && state->shape() != Shape{s[1], u[1]})
      throw Error("recurrent: state {} does not fit input {} and w_hh {}",
                  to_string(state->shape()), to_string(s), to_string(u));
}

std::vector<Array> backward(Tape& t, bool reverse, const std::array<bool, 2>& biased,
                            const Backward& b) {
  const std::size_t n = t.state(), rows = t.rows(), blocks = t.blocks();
  Array dx({t.steps, t.batch, t.in}, 1), dgates({blocks, t.batch}), input({t.batch, rows});
  Array sums({t.steps, blocks});
  const std::vector<Piece> parts = pieces(t.cell, t.in, t.hidden);
  std::vector<Array> dw;
  for (const Piece& p : parts) dw.push_back(Array::full({p.rows, p.columns}, 0));
  Array dc({t.batch, t.hidden}, 0), dh({t.batch, t.hidden}, 0);
  dh.fill(0);
  dc.fill(0);
  if (t.dc_last.defined()) dc = std::exchange(t.dc_last, {}).batch_last().clone();
  for (std::size_t i = t.steps; i-- > 0;) {
    const std::size_t at = reverse ? t.steps - 1 - i : i;
    kernels().add(n, dh.data(), b.grad.data() + at * n, dh.data());
    t.backward(i, dh.data(), dc.data(), dgates.data());
    for (std::size_t j = 0; j < parts.size(); ++j) {
      const Piece& p = parts[j];
      const Real* dg = dgates.data() + p.row * t.batch;
      Real* to = dx.data() + at * t.in * t.batch;
      // (dx, dh) = weights^T dgates, if needed.
      if (b.needs[0] && p.x) product(t.columns(p, 0, t.in), dg, t.batch, nullptr, to, j > 0);
      if (const bool gru = t.cell == Cell::gru; p.h && (gru || i > 0 || b.needs[1]))
        product(t.columns(p, t.in, t.hidden), dg, t.batch, nullptr, dh.data(), gru);
      // dW = sum_t dgates input^T, while dgates is in the cache.
      const Real* columns = t.inputs.data() + (i * rows + p.column) * t.batch;
      kernels().transpose(p.columns, t.batch, columns, input.data());
      product({dg, p.rows, t.batch, t.batch}, input.data(), p.columns, nullptr, dw[j].data(), true);
    }
    kernels().row_sums(blocks, t.batch, dgates.data(), sums.data() + i * blocks);
  }
  std::vector<Array> of_x, of_h;
  for (std::size_t j = 0; j < parts.size(); ++j) {
    if (parts[j].x) of_x.push_back(slice(dw[j], 1, 0, t.in));
    if (parts[j].h) of_h.push_back(slice(dw[j], 1, t.in - parts[j].column, t.hidden));
  }
  std::vector<Array> gradients{dx, dh, concat(of_x, 0), concat(of_h, 0)};
  if (t.cell == Cell::lstm) gradients.insert(gradients.begin() + 2, dc);
  Array db;
  if (biased[0] || biased[1]) db = sum_to(sums, {blocks});
  for (const bool from_state : {false, true})
    if (biased[from_state]) gradients.push_back(from_blocks(t.cell, db, from_state));
  return gradients;
}

}  // namespace

std::size_t gate_count(Cell cell) { return cell == Cell::lstm ? 4 : cell == Cell::gru ? 3 : 1; }

RecurrentOutput recurrent(Cell cell, const Tensor& x, const RecurrentState& start,
                          const Tensor& w_ih, const Tensor& w_hh, const Tensor& b_ih,
                          const Tensor& b_hh, bool reverse) {
  check(cell, x, start, w_ih, w_hh, b_ih, b_hh);
  const auto tape = std::make_shared<Tape>();
  Tape& t = *tape;
  t.cell = cell;
  t.steps = x.shape()[0], t.batch = x.shape()[1], t.in = x.shape()[2], t.hidden = w_hh.shape()[1];
  const std::size_t n = t.state(), rows = t.rows();
  t.weights = concat({to_blocks(cell, w_ih.value().row_major(), false),
                      to_blocks(cell, w_hh.value().row_major(), true)},
                     1);
  t.inputs = Array({t.steps, rows, t.batch});
  t.gates = Array({t.steps, t.blocks(), t.batch});
  Array bias;
  if (b_ih.defined()) bias = to_blocks(cell, b_ih.value(), false);
  if (b_hh.defined()) {
    const Array b = to_blocks(cell, b_hh.value(), true);
    bias = bias.defined() ? add(bias, b) : b;
  }
  const Array sequence = x.value().with_lane_axis(1);  // memory [T][I][N]
  Array output({t.steps, t.batch, t.hidden}, 1);       // memory [T][H][N]
  const Array h0 = start.h.value().batch_last();
  if (cell == Cell::lstm) {
    const Array c0 = start.c.value().batch_last();
    t.cells = Array({t.steps + 1, t.hidden, t.batch});
    std::copy(c0.begin(), c0.end(), t.cells.data());
  }
  const std::vector<Piece> parts = pieces(cell, t.in, t.hidden);
  const Real* before = h0.data();
  for (std::size_t i = 0; i < t.steps; ++i) {
    const std::size_t at = reverse ? t.steps - 1 - i : i;
    Real *input = t.inputs.data() + i * rows * t.batch, *h = output.data() + at * n;
    std::copy_n(sequence.data() + at * t.in * t.batch, t.in * t.batch, input);
    std::copy_n(before, n, input + t.in * t.batch);
    for (const Piece& p : parts)
      product({t.weights.data() + p.row * rows + p.column, p.rows, p.columns, rows},
              input + p.column * t.batch, t.batch, bias.defined() ? bias.data() + p.row : nullptr,
              t.gates_at(i) + p.row * t.batch);
    t.forward(i, h);
    before = h;
  }

  const std::array biased{b_ih.defined(), b_hh.defined()};
  const Tensor all =
      Tensor::from_op(output, {x, start.h, start.c, w_ih, w_hh, b_ih, b_hh},
                      [=](const Backward& b) { return backward(*tape, reverse, biased, b); });
  RecurrentOutput result{all, {select(all, 0, reverse ? 0 : -1), {}}};
  if (cell != Cell::lstm) return result;
  // The last cell state is made from the output; its backward pass leaves its gradient on the tape.
  Array c_last({t.batch, t.hidden}, 0);
  std::copy_n(t.cells.data() + t.steps * n, n, c_last.data());
  result.last.c = Tensor::from_op(c_last, {all}, [tape](const Backward& b) {
    tape->dc_last = b.grad;
    return std::vector<Array>(1);
  });
  return result;
}

}  // namespace fanin::FANIN_PRECISION
