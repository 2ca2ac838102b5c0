#include <fmt/format.h>

#include <vector>

#include "bench/measure.hpp"
#include "framework/core/elementwise.hpp"
#include "framework/core/text.hpp"
#include "framework/ops/window.hpp"

// Kernels over n numbers in a row, in the L2 cache (64 x 256) and past all caches; then kernels
// over matrices and maps. The last shape of each list is past all caches.
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
  return {1e-6f, 0.1f, 1, 0, 1, 1e-8f, 0, 1, amsgrad};
}
constexpr RmspropStep rmsprop{1e-6f, 1, 0, 1e-8f, 0, 0.9f, false};
constexpr AdadeltaStep adadelta{1e-6f, 1, 0, 1e-6f, 0};

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
    {"adadelta", 7, [](K k, N n, O o) { k.adadelta(n, adadelta, o.g, o.ones, o.u, o.weights); }},
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
    {"mish", &Kernels::mish, {0, 0}},
    {"hardswish", &Kernels::hardswish, {0, 0}},
    {"hardtanh", &Kernels::hardtanh, {-1, 1}},
    {"softsign", &Kernels::softsign, {0, 0}},
    {"log_sigmoid", &Kernels::log_sigmoid, {0, 0}},
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

void add_pointwise() {
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

double bytes_of(double numbers) { return sizeof(Real) * numbers; }

// [rows][n], one channel or feature in each row.
void add_rows(std::size_t rows, std::size_t n) {
  const Operands& o = operands();
  const std::string shape = fmt::format("/{}x{}", rows, n);
  const double size = bytes_of(static_cast<double>(rows * n));
  const Array mean = Array::full({rows}, 0), one = Array::full({rows}, 1);
  Array sums({rows}), others({rows});
  add("blocks/transpose" + shape, 0, 2 * size, [=, &o] { kernels().transpose(rows, n, o.x, o.y); });
  add("blocks/row_sums" + shape, 0, size,
      [=, &o]() mutable { kernels().row_sums(rows, n, o.x, sums.data()); });
  add("blocks/moments" + shape, 0, size,
      [=, &o]() mutable { kernels().moments(rows, n, o.x, sums.data(), others.data()); });
  for (const Activation activation : {Activation::none, Activation::relu}) {
    const bool relu = activation == Activation::relu;
    const char* suffix = relu ? "_relu" : "";
    add(fmt::format("blocks/normalize{}{}", suffix, shape), 0, 2 * size, [=, &o] {
      kernels().normalize(rows, n, o.x, mean.data(), one.data(), one.data(), mean.data(),
                          activation, o.y);
    });
    add(fmt::format("blocks/normalize_backward{}{}", suffix, shape), 0, (relu ? 4 : 3) * size,
        [=, &o]() mutable {
          kernels().normalize_backward(rows, n, o.x, o.u, o.g, mean.data(), one.data(), one.data(),
                                       activation, false, o.y, sums.data(), others.data());
        });
  }
}

// Over the middle axis of [outer][n][inner].
void add_softmax(std::size_t outer, std::size_t n, std::size_t inner) {
  const Operands& o = operands();
  const Kernels& k = kernels();
  const std::string shape = fmt::format("/{}x{}x{}", outer, n, inner);
  const double size = bytes_of(static_cast<double>(outer * n * inner));
  for (const auto& [name, kernel] :
       {std::pair{"softmax", k.softmax}, std::pair{"log_softmax", k.log_softmax}}) {
    add(fmt::format("blocks/{}{}", name, shape), 0, 2 * size,
        [=, &o, f = kernel.forward] { f(outer, n, inner, o.x, o.y); });
    add(fmt::format("blocks/{}_backward{}", name, shape), 0, 3 * size,
        [=, &o, f = kernel.backward] { f(outer, n, inner, o.u, o.g, o.y); });
  }
}

void add_cross_entropy(std::size_t classes, std::size_t n) {
  const Operands& o = operands();
  std::vector<std::int64_t> labels(n);
  for (std::size_t i = 0; i < n; ++i) labels[i] = static_cast<std::int64_t>(i % classes);
  for (const Real smoothing : {Real(0), Real(0.1)})
    add(fmt::format("blocks/cross_entropy{}/{}x{}", smoothing > 0 ? "_smoothed" : "", classes, n),
        0, 2 * bytes_of(static_cast<double>(classes * n)), [=, &o] {
          kernels().cross_entropy(classes, n, o.x, labels.data(), o.ones, smoothing, o.z, o.y);
        });
}

// These two measure functions of arrays, not kernels: column sums of [n][columns], and permuted
// axes.
void add_column_sums(std::size_t n, std::size_t columns) {
  const Array x = random_array({n, columns});
  add(fmt::format("blocks/column_sums/{}x{}", n, columns), 0,
      bytes_of(static_cast<double>(x.size())), [=] { sum_keeping(x, {0}); });
}

void add_permute(const Shape& shape, const std::vector<std::size_t>& axes) {
  const Array x = random_array(shape);
  add(fmt::format("blocks/permute/{}_by_{}", join(shape, "x"), join(axes, "")), 0,
      2 * bytes_of(static_cast<double>(x.size())), [=] { x.permute(axes); });
}

// Square windows that neither overlap an edge nor leave pixels out.
void add_pools(std::size_t channels, std::size_t extent, std::size_t kernel, std::size_t stride) {
  constexpr std::size_t batch = 64;
  const Operands& o = operands();
  const Window s =
      make_window("bench", {batch, channels, extent, extent}, kernel, stride, 0, 1, false);
  std::vector<PoolSpan> whole{{0, 1, 1}}, spans;
  for (std::size_t at = 0; at + kernel <= extent; at += stride)
    spans.push_back({at, at + kernel, Real(1) / static_cast<Real>(kernel)});

  const std::string shape =
      fmt::format("/{}x{}x{}_k{}_s{}", channels, extent, extent, kernel, stride);
  const auto images = static_cast<double>(channels * batch);
  const double in = bytes_of(images * static_cast<double>(s.in_pixels()));
  const double out = bytes_of(images * static_cast<double>(s.out_pixels()));
  Array tap({channels, s.out_pixels(), batch});
  kernels().max_pool(s, o.x, o.y, tap.data());
  add("blocks/max_pool" + shape, 0, in + 2 * out,
      [=, &o]() mutable { kernels().max_pool(s, o.x, o.y, tap.data()); });
  add("blocks/max_pool_backward" + shape, 0, in + 2 * out,
      [=, &o] { kernels().max_pool_backward(s, tap.data(), o.g, o.y); });
  add("blocks/mean_pool" + shape, 0, in + out, [=, &o] {
    const PoolSpan* each[]{whole.data(), spans.data(), spans.data()};
    kernels().mean_pool(s, each, o.x, o.y);
  });
  add("blocks/mean_pool_backward" + shape, 0, in + out, [=, &o] {
    const PoolSpan* each[]{whole.data(), spans.data(), spans.data()};
    kernels().mean_pool_backward(s, each, o.g, o.y);
  });
}

}  // namespace

void add_kernels() {
  add_pointwise();
  const std::size_t matrices[][2]{{256, 64}, {784, 64}, {32, 26 * 26 * 64}, {64, 128 * 1024}};
  for (const auto& [rows, n] : matrices) add_rows(rows, n);
  const std::size_t softmaxes[][3]{{1, 10, 64}, {1, 1000, 64}, {1, 1024, 8192}};
  for (const auto& [outer, n, inner] : softmaxes) add_softmax(outer, n, inner);
  const std::size_t logits[][2]{{10, 64}, {1000, 64}, {1024, 8192}};
  for (const auto& [classes, n] : logits) add_cross_entropy(classes, n);
  add_column_sums(300'000, 3);
  add_column_sums(4096, 100);
  add_column_sums(64, 65'536);
  add_permute({64, 64, 28, 28}, {0, 2, 1, 3});
  add_permute({64, 64, 28, 28}, {3, 1, 0, 2});
  add_permute({64, 28, 28, 3}, {0, 2, 1, 3});
  add_pools(6, 28, 2, 2);
  add_pools(32, 26, 2, 2);
  add_pools(32, 27, 3, 2);
  add_pools(32, 60, 2, 2);
}

}  // namespace fanin
