#include <fmt/format.h>

#include <vector>

#include "bench/measure.hpp"

// Kernels over n numbers in a row, in the L2 cache (64 x 256) and past all caches.
namespace fanin {
namespace {

struct Row {
  const char* name;
  double moved;  // numbers read and written for each of n
  void (*run)(const Kernels&, std::size_t n, const Operands&);
};

using K = const Kernels&;
using N = std::size_t;
using O = const Operands&;

constexpr SgdStep plain{1e-6f, 0, 1, 0, false, false};
constexpr SgdStep momentum{1e-6f, 0.9f, 1, 0, false, false};
constexpr SgdStep nesterov{1e-6f, 0.9f, 1, 0, true, false};
constexpr AdamStep adam(bool amsgrad) {  // with beta2 = 1 the ones stay
  return {1e-6f, 0.9f, 0.1f, 1, 0, 1, 1e-8f, 0, 1, amsgrad};
}
constexpr RmspropStep rmsprop{1e-6f, 1, 0, 1e-8f, 0, 0.9f, false};

const Row rows[]{
    {"add", 3, [](K k, N n, O o) { k.add(n, o.x, o.g, o.y); }},
    {"subtract", 3, [](K k, N n, O o) { k.subtract(n, o.x, o.g, o.y); }},
    {"multiply", 3, [](K k, N n, O o) { k.multiply(n, o.x, o.g, o.y); }},
    {"divide", 3, [](K k, N n, O o) { k.divide(n, o.x, o.u, o.y); }},
    {"scale", 2, [](K k, N n, O o) { k.scale(n, 3, o.x, o.y); }},
    {"exp", 2, [](K k, N n, O o) { k.exp(n, o.x, o.y); }},
    {"log", 2, [](K k, N n, O o) { k.log(n, o.u, o.y); }},
    {"sqrt", 2, [](K k, N n, O o) { k.sqrt(n, o.u, o.y); }},
    {"relu", 2, [](K k, N n, O o) { k.relu(n, o.x, o.y); }},
    {"relu_backward", 3, [](K k, N n, O o) { k.relu_backward(n, o.x, o.g, o.y); }},
    {"tanh", 2, [](K k, N n, O o) { k.tanh(n, o.x, o.y); }},
    {"tanh_backward", 3, [](K k, N n, O o) { k.tanh_backward(n, o.u, o.g, o.y); }},
    {"sigmoid", 2, [](K k, N n, O o) { k.sigmoid(n, o.x, o.y); }},
    {"sigmoid_backward", 3, [](K k, N n, O o) { k.sigmoid_backward(n, o.u, o.g, o.y); }},
    // Four gates for each cell: n counts gates.
    {"lstm_cell", 2.75, [](K k, N n, O o) { k.lstm_cell(n / 4, o.y, o.x, o.z, o.weights); }},
    {"lstm_cell_backward", 3.25,
     [](K k, N n, O o) { k.lstm_cell_backward(n / 4, o.u, o.x, o.g, o.g + n / 2, o.z, o.y); }},
    {"gru_cell", 2.25, [](K k, N n, O o) { k.gru_cell(n / 4, o.y, o.x, o.z); }},
    {"gru_cell_backward", 2.75,  // gates of 1, so that dh does not fade to denormal numbers
     [](K k, N n, O o) { k.gru_cell_backward(n / 4, o.ones, o.x, o.z, o.y); }},
    {"sgd", 3, [](K k, N n, O o) { k.sgd(n, plain, o.g, nullptr, o.weights); }},
    {"sgd_momentum", 5, [](K k, N n, O o) { k.sgd(n, momentum, o.g, o.y, o.weights); }},
    {"sgd_nesterov", 5, [](K k, N n, O o) { k.sgd(n, nesterov, o.g, o.y, o.weights); }},
    {"adam", 7,
     [](K k, N n, O o) { k.adam(n, adam(false), o.g, o.y, o.ones, nullptr, o.weights); }},
    {"adam_amsgrad", 9,  // the largest may stay what it was
     [](K k, N n, O o) { k.adam(n, adam(true), o.g, o.y, o.ones, o.z, o.weights); }},
    {"rmsprop", 7,
     [](K k, N n, O o) { k.rmsprop(n, rmsprop, o.g, o.ones, o.y, nullptr, o.weights); }},
    {"normal", 2, [](K k, N n, O o) { k.normal(n, 0.5f, 0, o.u); }},  // leaves uniforms: 0.5
};

struct CurveRow {
  const char* name;
  PointwiseKernels Kernels::*curve;
  Real parameters[2];
};

constexpr CurveRow curves[]{
    {"leaky_relu", &Kernels::leaky_relu, {0.01f, 0}},
    {"elu", &Kernels::elu, {1, 1}},
    {"gelu", &Kernels::gelu, {0, 0}},
    {"gelu_tanh", &Kernels::gelu_tanh, {0, 0}},
    {"silu", &Kernels::silu, {0, 0}},
    {"softplus", &Kernels::softplus, {1, 20}},
};

void add_curve(const CurveRow& row, const std::string& size, std::size_t n) {
  const Operands& o = operands();
  const double bytes = sizeof(Real) * static_cast<double>(n);
  const PointwiseKernels& curve = kernels().*row.curve;
  const Real* p = row.parameters;
  const std::string name = std::string("pointwise/") + row.name;
  add(name + size, 0, 2 * bytes, [=, &o, &curve] { curve.forward(n, p, o.x, o.y); });
  add(name + "_backward" + size, 0, 3 * bytes,
      [=, &o, &curve] { curve.backward(n, p, o.x, o.g, o.y); });
}

// The generator's state, its 624 words at a time, and random bits for uniform().
void add_random() {
  static std::vector<std::uint32_t> bits(Operands::large, 0x9E3779B9), state(624, 0x12345678);
  const Operands& o = operands();
  const double words = 2 * 4 * 624;
  add("pointwise/twist/624", 0, words, [] { kernels().twist(state.data()); });
  add("pointwise/temper/624", 0, words, [] { kernels().temper(state.data(), bits.data()); });
  for (const std::size_t n : {std::size_t{64 * 256}, Operands::large})
    add(fmt::format("pointwise/uniform/{}", n), 0, 8 * static_cast<double>(n),
        [=, &o] { kernels().uniform(n, bits.data(), -1, 1, o.y); });
}

void add_all() {
  const Operands& o = operands();
  for (const std::size_t n : {std::size_t{64 * 256}, Operands::large}) {
    const std::string size = fmt::format("/{}", n);
    for (const Row& row : rows)
      add(std::string("pointwise/") + row.name + size, 0,
          row.moved * sizeof(Real) * static_cast<double>(n),
          [=, &o, &row] { row.run(kernels(), n, o); });
    for (const CurveRow& row : curves) add_curve(row, size, n);
  }
  add_random();
}

const Family family(add_all);

}  // namespace
}  // namespace fanin
