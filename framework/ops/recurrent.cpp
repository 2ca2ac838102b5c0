#include "framework/ops/recurrent.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "framework/core/elementwise.hpp"
#include "framework/core/error.hpp"
#include "framework/core/kernels/kernels.hpp"
#include "framework/core/reduce.hpp"
#include "framework/ops/shape.hpp"

namespace fanin::inline FANIN_PRECISION {
namespace {

// What forward leaves for backward. Memory, with n = H * N numbers to a state:
struct Tape {
  std::size_t steps, batch, in, hidden;
  Array weights;  // [4H][I + H]: w_ih and w_hh side by side, so that a step is one product
  Array inputs;   // [T][I + H][N]: x and the hidden state before, in order of time
  Array gates;    // [T][4H][N], activated
  Array cells;    // [T + 1][H][N], from the start state on
  Array dc_last;  // left here by the backward pass of the last cell state

  std::size_t state() const { return hidden * batch; }
  std::size_t rows() const { return in + hidden; }
};

void check(const Tensor& x, const LstmState& start, const Tensor& w_ih, const Tensor& w_hh,
           const Tensor& b_ih, const Tensor& b_hh) {
  const Shape &s = x.shape(), &w = w_ih.shape(), &u = w_hh.shape();
  if (s.size() != 3 || w.size() != 2 || u.size() != 2 || s[2] != w[1] || u[0] != 4 * u[1] ||
      w[0] != u[0] || s[0] == 0)
    throw Error(
        fmt::format("lstm: input {} does not fit w_ih {} and w_hh {}; expected [T, N, I], "
                    "[4H, I] and [4H, H]",
                    to_string(s), to_string(w), to_string(u)));
  for (const Tensor* bias : {&b_ih, &b_hh})
    if (bias->defined() && bias->shape() != Shape{u[0]})
      throw Error(fmt::format("lstm: bias {} does not fit w_hh {}", to_string(bias->shape()),
                              to_string(u)));
  for (const Tensor* state : {&start.h, &start.c})
    if (state->shape() != Shape{s[1], u[1]})
      throw Error(fmt::format("lstm: state {} does not fit input {} and w_hh {}",
                              to_string(state->shape()), to_string(s), to_string(u)));
}

// [T][rows][N] -> [T N][rows].
Array by_sample(const Array& block) {
  const std::size_t steps = block.shape()[0], rows = block.shape()[1], batch = block.shape()[2];
  Array result({steps * batch, rows});
  for (std::size_t t = 0; t < steps; ++t)
    kernels().transpose(rows, batch, block.data() + t * rows * batch,
                        result.data() + t * rows * batch);
  return result;
}

}  // namespace

LstmOutput lstm(const Tensor& x, const LstmState& start, const Tensor& w_ih, const Tensor& w_hh,
                const Tensor& b_ih, const Tensor& b_hh, bool reverse) {
  check(x, start, w_ih, w_hh, b_ih, b_hh);
  const auto tape = std::make_shared<Tape>();
  Tape& t = *tape;
  t.steps = x.shape()[0], t.batch = x.shape()[1], t.in = x.shape()[2], t.hidden = w_hh.shape()[1];
  const std::size_t n = t.state(), rows = t.rows(), gates = 4 * t.hidden;
  t.weights = concat({w_ih.value().row_major(), w_hh.value()}, 1);
  t.inputs = Array({t.steps, rows, t.batch});
  t.gates = Array({t.steps, gates, t.batch});
  t.cells = Array({t.steps + 1, t.hidden, t.batch});
  Array bias;
  if (b_ih.defined()) bias = b_ih.value();
  if (b_hh.defined()) bias = bias.defined() ? add(bias, b_hh.value()) : b_hh.value();

  const Array sequence = x.value().with_lane_axis(1);  // memory [T][I][N]
  Array output({t.steps, t.batch, t.hidden}, 1);       // memory [T][H][N]
  Array scratch({kernels().gemm_scratch(rows)});
  const Array h0 = start.h.value().batch_last(), c0 = start.c.value().batch_last();
  std::copy(c0.begin(), c0.end(), t.cells.data());
  const Real* before = h0.data();
  for (std::size_t i = 0; i < t.steps; ++i) {
    const std::size_t at = reverse ? t.steps - 1 - i : i;
    Real *input = t.inputs.data() + i * rows * t.batch, *h = output.data() + at * n;
    std::copy_n(sequence.data() + at * t.in * t.batch, t.in * t.batch, input);
    std::copy_n(before, n, input + t.in * t.batch);
    kernels().gemm(gates, t.batch, rows, t.weights.data(), rows, 1, input,
                   bias.defined() ? bias.data() : nullptr, t.gates.data() + i * 4 * n,
                   scratch.data());
    kernels().lstm_cell(n, t.gates.data() + i * 4 * n, t.cells.data() + i * n,
                        t.cells.data() + (i + 1) * n, h);
    before = h;
  }

  std::vector<Tensor> inputs{x, start.h, start.c, w_ih, w_hh};
  for (const Tensor* b : {&b_ih, &b_hh})
    if (b->defined()) inputs.push_back(*b);
  const Tensor all = Tensor::from_op(output, std::move(inputs), [tape, reverse](const Backward& b) {
    const Tape& t = *tape;
    const std::size_t n = t.state(), rows = t.rows(), gates = 4 * t.hidden;
    Array dx({t.steps, t.batch, t.in}, 1), dgates({t.steps, gates, t.batch});
    Array dc({t.batch, t.hidden}, 0), dh({t.batch, t.hidden}, 0), dinput({rows, t.batch});
    Array scratch(
        {std::max(kernels().gemm_scratch(gates), kernels().gemm_scratch(t.steps * t.batch))});
    dh.fill(0);
    if (tape->dc_last.defined())
      dc = std::exchange(tape->dc_last, {}).batch_last().clone();
    else
      dc.fill(0);
    for (std::size_t i = t.steps; i-- > 0;) {
      const std::size_t at = reverse ? t.steps - 1 - i : i;
      kernels().add(n, dh.data(), b.grad.data() + at * n, dh.data());
      Real* dg = dgates.data() + i * 4 * n;
      kernels().lstm_cell_backward(n, t.gates.data() + i * 4 * n, t.cells.data() + i * n,
                                   t.cells.data() + (i + 1) * n, dh.data(), dc.data(), dg);
      kernels().gemm(rows, t.batch, gates, t.weights.data(), 1, rows, dg, nullptr, dinput.data(),
                     scratch.data());
      std::copy_n(dinput.data(), t.in * t.batch, dx.data() + at * t.in * t.batch);
      std::copy_n(dinput.data() + t.in * t.batch, n, dh.data());
    }
    // Over all steps and samples at once: dW = sum_(t, n) dgates input^T, as [T N][..] matrices.
    const Array dg = by_sample(dgates), inputs = by_sample(t.inputs);
    Array dw({gates, rows});
    kernels().gemm(gates, rows, t.steps * t.batch, dg.data(), 1, gates, inputs.data(), nullptr,
                   dw.data(), scratch.data());
    std::vector<Array> gradients{dx, dh, dc, slice(dw, 1, 0, t.in), slice(dw, 1, t.in, t.hidden)};
    if (b.needs.size() > 5) {
      gradients.resize(b.needs.size(), sum_to(dg, {gates}));
    }
    return gradients;
  });

  // The last cell state hangs on the output: its gradient is left on the tape.
  const Tensor h_last = select(all, 0, reverse ? 0 : -1);
  Array c_last({t.batch, t.hidden}, 0);
  std::copy_n(t.cells.data() + t.steps * n, n, c_last.data());
  const Tensor c = Tensor::from_op(c_last, {all}, [tape](const Backward& b) {
    tape->dc_last = b.grad;
    return std::vector<Array>(1);
  });
  return {all, {h_last, c}};
}

}  // namespace fanin::inline FANIN_PRECISION
