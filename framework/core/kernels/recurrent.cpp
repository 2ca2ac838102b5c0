#include "framework/core/kernels/simd.hpp"

namespace fanin::FANIN_PRECISION::FANIN_ISA {
namespace {

// Hochreiter & Schmidhuber 1997 with forget gates: c = f c' + i g, h = o tanh(c).
void lstm_cell(std::size_t n, Real* gates, const Real* c_before, Real* c, Real* h) {
  Real *i = gates, *f = gates + n, *g = gates + 2 * n, *o = gates + 3 * n;
  for_vectors(n, [&](auto get, auto put) {
    const Vec input = sigmoid(get(i)), forget = sigmoid(get(f));
    const Vec cell = xsimd::tanh(get(g)), output = sigmoid(get(o));
    const Vec state = forget * get(c_before) + input * cell;
    put(i, input);
    put(f, forget);
    put(g, cell);
    put(o, output);
    put(c, state);
    put(h, output * xsimd::tanh(state));
  });
}

void lstm_cell_backward(std::size_t n, const Real* gates, const Real* c_before, const Real* c,
                        const Real* dh, Real* dc, Real* dgates) {
  const Vec one(1);
  for_vectors(n, [&](auto get, auto put) {
    const Vec i = get(gates), f = get(gates + n), g = get(gates + 2 * n), o = get(gates + 3 * n);
    const Vec t = xsimd::tanh(get(c)), d = get(dh);
    const Vec state = get(dc) + d * o * (one - t * t);
    put(dgates, state * g * i * (one - i));
    put(dgates + n, state * get(c_before) * f * (one - f));
    put(dgates + 2 * n, state * i * (one - g * g));
    put(dgates + 3 * n, d * t * o * (one - o));
    put(dc, state * f);
  });
}

// Cho et al. 2014, as cuDNN and PyTorch have it: h = (1 - z) tanh(n_x + r n_h) + z h'.
void gru_cell(std::size_t n, Real* gates, const Real* h_before, Real* h) {
  Real *r = gates, *z = gates + n, *candidate = gates + 2 * n, *from_state = gates + 3 * n;
  for_vectors(n, [&](auto get, auto put) {
    const Vec reset = sigmoid(get(r)), update = sigmoid(get(z));
    const Vec c = xsimd::tanh(get(candidate) + reset * get(from_state));
    put(r, reset);
    put(z, update);
    put(candidate, c);
    put(h, c + update * (get(h_before) - c));
  });
}

void gru_cell_backward(std::size_t n, const Real* gates, const Real* h_before, Real* dh,
                       Real* dgates) {
  const Vec one(1);
  for_vectors(n, [&](auto get, auto put) {
    const Vec r = get(gates), z = get(gates + n), c = get(gates + 2 * n), d = get(dh);
    const Vec dc = d * (one - z) * (one - c * c);
    put(dgates, dc * get(gates + 3 * n) * r * (one - r));
    put(dgates + n, d * (get(h_before) - c) * z * (one - z));
    put(dgates + 2 * n, dc);
    put(dgates + 3 * n, dc * r);
    put(dh, d * z);
  });
}

}  // namespace

void add_recurrent(Kernels& table) {
  table.lstm_cell = lstm_cell;
  table.lstm_cell_backward = lstm_cell_backward;
  table.gru_cell = gru_cell;
  table.gru_cell_backward = gru_cell_backward;
}

}  // namespace fanin::FANIN_PRECISION::FANIN_ISA
