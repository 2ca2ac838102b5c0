// What needs no training: how signals go through networks as initialised.
#include "experiments/reproduce/signal_measures.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include "experiments/look/signals.hpp"
#include "experiments/task/datasets.hpp"
#include "experiments/task/models.hpp"
#include "framework/ops/activation.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/conv.hpp"
#include "framework/ops/linear.hpp"
#include "framework/ops/shape.hpp"
#include "init/function_table.hpp"
#include "init/init.hpp"
#include "init/mean_field.hpp"
#include "init/named_options.hpp"

namespace fanin {
namespace {

double mean_square(const Tensor& x) {
  double sum = 0;
  for (const Real value : x.value()) sum += static_cast<double>(value) * value;
  return sum / static_cast<double>(x.size());
}

double spread(const Tensor& x) { return Spread(x.value()).std; }

Tensor drawn(const std::string& call, const Shape& shape, Generator& generator) {
  Tensor weight{Array(shape)};
  parse_init_call(call).fill(weight, generator);
  return weight;
}

// The mean squares of signals on their way through x -> phi(W x), from the input's on; `size` holds
// depth and width.
Numbers chain(Draw& draw, const Numbers& size, bool rectified) {
  constexpr std::size_t inputs = 50;
  const auto depth = static_cast<std::size_t>(size[0]), width = static_cast<std::size_t>(size[1]);
  Tensor x = randn({inputs, width}, draw.generator);
  Numbers squares = {mean_square(x)};
  for (std::size_t layer = 0; layer < depth; ++layer) {
    x = linear(x, drawn(draw.init, {width, width}, draw.generator));
    if (rectified) x = relu(x);
    squares.push_back(mean_square(x));
  }
  return squares;
}

double last_by_first(const Numbers& values) { return values.back() / values.front(); }

double mean_factor(const Numbers& squares) {
  double sum = 0;
  for (std::size_t i = 1; i < squares.size(); ++i) sum += squares[i] / squares[i - 1];
  return sum / static_cast<double>(squares.size() - 1);
}

// Infinite where it is no number.
template <bool rectified>
double spread_of_products(Draw& draw, const Numbers& size) {
  const auto depth = static_cast<std::size_t>(size[0]), width = static_cast<std::size_t>(size[1]);
  Tensor x = randn({200, width}, draw.generator);
  for (std::size_t layer = 0; layer < depth; ++layer) {
    x = matmul(x, drawn(draw.init, {width, width}, draw.generator));
    if (rectified) x = relu(x);
  }
  const double result = spread(x);
  return std::isfinite(result) ? result : std::numeric_limits<double>::infinity();
}

// Of Conv2d(1, 32, 5) on the first 100 validation digits.
template <bool rectified>
double spread_of_convolution(Draw& draw, const Numbers&) {
  static const Tensor images = [] {
    TrainOptions options;
    options.dataset = "mnist";
    options.holdout = 10'000;
    return Tensor(first_images(load_data(options).test, 100).images);
  }();
  Tensor bias{Array({32})};
  init::uniform_(bias, -0.2, 0.2, draw.generator);  // PyTorch's, 1 / sqrt(25)
  const Tensor x = conv2d(images, drawn(draw.init, {32, 1, 5, 5}, draw.generator), bias);
  return spread(rectified ? relu(x) : x);
}

// Of the five hidden layers: activations, gradients there, and gradients of the square weights.
struct HiddenSpreads {
  Numbers activations, gradients, weight_gradients;
};

// Those of Glorot's network on 1000 digits, cross entropy behind it; looked at once, as several
// rows ask for them.
const HiddenSpreads& hidden(const Draw& draw) {
  static std::map<std::pair<std::string, std::uint64_t>, HiddenSpreads> known;
  const std::pair key(draw.init, draw.seed);
  if (const auto at = known.find(key); at != known.end()) return at->second;
  TrainOptions options;
  options.model = "mlp:depth=6,width=1000,act=tanh";
  options.init = draw.init;
  options.seed = draw.seed;
  const auto model = make_initialised(options);
  const Batch batch = first_images(load_data(options).train, 1000);
  HiddenSpreads spreads;
  for (const LayerSignal& layer : measure_signals(*model, batch.images, batch.labels)) {
    if (layer.type == "Tanh") {
      spreads.activations.push_back(layer.std);
      spreads.gradients.push_back(layer.gradient_std);
    }
    if (layer.type == "Linear" && !spreads.activations.empty() && layer.units == 1000)
      spreads.weight_gradients.push_back(layer.weight_gradient_norm / 1000);
  }
  return known.emplace(key, std::move(spreads)).first->second;
}

template <Numbers HiddenSpreads::*layers, auto measure>
double of_layers(Draw& draw, const Numbers&) {
  return measure(hidden(draw).*layers);
}

// From the first layer to the last, either way.
double log_factor(const Numbers& layers) { return std::abs(std::log(last_by_first(layers))); }
double factor(const Numbers& layers) { return std::exp(log_factor(layers)); }
double range(const Numbers& layers) { return std::ranges::max(layers) / std::ranges::min(layers); }
double log_range(const Numbers& layers) { return std::log(range(layers)); }

// The least factor from a layer to the next.
double least_rise(const Numbers& layers) {
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t i = 1; i < layers.size(); ++i)
    least = std::min(least, layers[i] / layers[i - 1]);
  return least;
}
double least_fall(const Numbers& layers) { return least_rise({layers.rbegin(), layers.rend()}); }

// The squared distance between two vectors scaled to length 1.
double angle_square(const Real* a, const Real* b, std::size_t n) {
  double aa = 0, bb = 0, square = 0;
  for (std::size_t i = 0; i < n; ++i) {
    aa += static_cast<double>(a[i]) * a[i];
    bb += static_cast<double>(b[i]) * b[i];
  }
  for (std::size_t i = 0; i < n; ++i)
    square += std::pow(a[i] / std::sqrt(aa) - b[i] / std::sqrt(bb), 2);
  return square;
}

// sigma_w and sigma_b of a mean_field_normal_.
init::MeanField tanh_net(const Draw& draw) {
  const NamedOptions call(draw.init);
  return {init::activation("tanh"), call.required("sigma_w"), call.required("sigma_b")};
}

// Over how many layers the difference between two inputs' correlation and 1 falls to 1 / e, by a
// fitted line, in a tanh net of the ordered phase.
double correlation_depth(Draw& draw, const Numbers& size) {
  constexpr std::size_t most_layers = 400;
  constexpr double from = 1e-2, to = 1e-6;  // where the fall is exponential, and float sees it
  const auto width = static_cast<std::size_t>(size[0]);
  const Tensor one = randn({1, width}, draw.generator);
  Tensor h = concat({one, one + 0.2 * randn({1, width}, draw.generator)}, 0);
  double n = 0, x = 0, y = 0, xx = 0, xy = 0;
  for (std::size_t layer = 0; layer < most_layers; ++layer) {
    const Array rows = h.value().row_major();
    const double apart = angle_square(rows.data(), rows.data() + width, width) / 2;  // 1 - cos
    if (apart < to) break;
    if (apart < from) {
      const auto at = static_cast<double>(layer);
      n += 1, x += at, y += std::log(apart), xx += at * at, xy += at * std::log(apart);
    }
    h = linear(tanh(h), drawn(draw.init, {width, width}, draw.generator),
               drawn(draw.init, {width}, draw.generator));
  }
  return -(n * xx - x * x) / (n * xy - x * y);
}

init::MeanField critical_tanh(const Numbers& q) {
  return init::critical(init::activation("tanh"), q[0]);
}

}  // namespace

const std::vector<Measure>& signal_measures() {
  using H = HiddenSpreads;
  static const std::vector<Measure> table{
      {"squared length after N ReLU layers of width N",
       [](Draw& draw, const Numbers& size) { return last_by_first(chain(draw, size, true)); }},
      {"variance factor of N ReLU layers of width N",
       [](Draw& draw, const Numbers& size) { return mean_factor(chain(draw, size, true)); }},
      {"squared gain of N linear layers of width N",
       [](Draw& draw, const Numbers& size) { return last_by_first(chain(draw, size, false)); }},
      {"spread after N products of size N", spread_of_products<false>},
      {"spread after N products and ReLUs of size N", spread_of_products<true>},
      {"spread of a convolution", spread_of_convolution<false>},
      {"spread of a convolution's ReLU", spread_of_convolution<true>},
      {"factor of activations", of_layers<&H::activations, factor>},
      {"factor of gradients", of_layers<&H::gradients, factor>},
      {"log factor of activations", of_layers<&H::activations, log_factor>},
      {"log factor of gradients", of_layers<&H::gradients, log_factor>},
      {"least fall of activations", of_layers<&H::activations, least_fall>},
      {"least rise of gradients", of_layers<&H::gradients, least_rise>},
      {"range of weights' gradients", of_layers<&H::weight_gradients, range>},
      {"log range of weights' gradients", of_layers<&H::weight_gradients, log_range>},
      {"depth scale of correlations in tanh nets of width N", correlation_depth},
      {"xi_c of tanh",
       [](Draw& draw, const Numbers&) { return init::fixed_point(tanh_net(draw)).xi_c; }},
      {"critical sigma_w^2 of tanh at q* = N",
       [](Draw&, const Numbers& q) { return std::pow(critical_tanh(q).sigma_w, 2); }},
      {"critical sigma_b^2 of tanh at q* = N",
       [](Draw&, const Numbers& q) { return std::pow(critical_tanh(q).sigma_b, 2); }},
  };
  return table;
}

}  // namespace fanin
