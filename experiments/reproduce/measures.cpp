#include "experiments/reproduce/measures.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include "experiments/look/signals.hpp"
#include "experiments/record/folder.hpp"
#include "experiments/report/results.hpp"
#include "experiments/report/statistics.hpp"
#include "experiments/task/datasets.hpp"
#include "experiments/task/models.hpp"
#include "framework/core/error.hpp"
#include "framework/core/linalg.hpp"
#include "framework/io/safetensors.hpp"
#include "framework/ops/activation.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/conv.hpp"
#include "framework/ops/shape.hpp"
#include "init/function_table.hpp"
#include "init/init.hpp"
#include "init/mean_field.hpp"
#include "init/named_options.hpp"

namespace fanin {
namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();

double finite_or_infinite(double value) { return std::isfinite(value) ? value : infinite; }

double accuracy_after(const Ran& ran, const Numbers& epoch) {
  double accuracy = guessing(ran.record.start.classes);  // if the run diverged before
  for (const Evaluation& at : ran.record.evaluations)
    if (at.epoch == static_cast<std::size_t>(epoch[0]) && std::isfinite(at.test_accuracy))
      accuracy = at.test_accuracy;
  return accuracy;
}

double steps_until(const Ran& ran, const Numbers& accuracy) {
  const auto steps = steps_to(accuracy[0], ran.record);
  return steps ? static_cast<double>(*steps) : infinite;
}

// The mean of the logged losses; infinite if the run diverged.
double loss_between(const Ran& ran, const Numbers& steps) {
  double sum = 0, n = 0;
  for (const StepLoss& at : ran.record.steps) {
    const auto step = static_cast<double>(at.step);
    if (step >= steps[0] && step <= steps[1]) sum += at.loss, ++n;
  }
  return n > 0 ? finite_or_infinite(sum / n) : infinite;
}

// The rank of the third of four layers minus the identity, which it starts as.
double rank_of_change(const Ran& ran, const Numbers& tolerance) {
  const std::filesystem::path file = run_files(ran.folder, ran.run.name, true).weights;
  for (const auto& [name, tensor] : read_safetensors(file)) {
    if (name != "5.weight") continue;
    Array change = tensor.array();
    const std::size_t n = change.shape()[0];
    for (std::size_t i = 0; i < n; ++i) change.data()[i * n + i] -= 1;
    const auto counts = [&](Real value) { return value > tolerance[0]; };
    return static_cast<double>(std::ranges::count_if(singular_values(change), counts));
  }
  throw Error("{} has no 5.weight", file.string());
}

// xi_c of a tanh network. `init` is a call of mean_field_normal_.
double xi_c_of_tanh(const std::string& init) {
  const NamedOptions call(init);
  return init::fixed_point(
             {init::activation("tanh"), call.number("sigma_w", 1), call.number("sigma_b", 0)})
      .xi_c;
}

// Mean accuracies, seed by seed, of runs up to `factor` times xi_c deep, or deeper. Only depths (or
// values of sigma_w) with runs of both kinds count, so that depth (or sigma_w) does not decide.
template <bool by_depth, bool within>
Numbers phase(const std::vector<Ran>& runs, const Numbers& factor) {
  std::map<std::string, double> reach;
  std::map<std::uint64_t, std::map<double, std::array<Numbers, 2>>> seeds;
  for (const Ran& ran : runs) {
    const double depth = NamedOptions(ran.run.options.model).number("depth", 0);
    const double sigma_w = NamedOptions(ran.run.init).number("sigma_w", 1);
    const auto [at, is_new] = reach.try_emplace(ran.run.init);
    if (is_new) at->second = factor[0] * xi_c_of_tanh(ran.run.init);
    seeds[ran.run.seed][by_depth ? depth : sigma_w][depth < at->second].push_back(
        final_accuracy(ran.record));
  }
  Numbers means;
  for (const auto& [seed, groups] : seeds) {
    Numbers of_groups;
    for (const auto& [at, cells] : groups)
      if (!cells[0].empty() && !cells[1].empty()) of_groups.push_back(mean(cells[within]));
    means.push_back(mean(of_groups));
  }
  return means;
}

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

// Applies `of` to the input and to each layer's output in x -> phi(step(x, W)). `size` is depth and
// width.
template <class Step>
Numbers chain(Draw& draw, const Numbers& size, std::size_t inputs, const Step& step, bool rectified,
              double (*of)(const Tensor&)) {
  const auto depth = static_cast<std::size_t>(size[0]), width = static_cast<std::size_t>(size[1]);
  Tensor x = randn({inputs, width}, draw.generator);
  Numbers said = {of(x)};
  for (std::size_t layer = 0; layer < depth; ++layer) {
    x = step(x, drawn(draw.init, {width, width}, draw.generator));
    if (rectified) x = relu(x);
    said.push_back(of(x));
  }
  return said;
}

double last_by_first(const Numbers& values) { return values.back() / values.front(); }

// The factor from each layer to the next one.
Numbers factors(const Numbers& layers) {
  Numbers all;
  for (std::size_t i = 1; i < layers.size(); ++i) all.push_back(layers[i] / layers[i - 1]);
  return all;
}

double mean_factor(const Numbers& layers) { return mean(factors(layers)); }

template <bool rectified, auto of>
double of_lengths(Draw& draw, const Numbers& size) {
  const auto step = [](const Tensor& x, const Tensor& w) { return linear(x, w); };
  return of(chain(draw, size, 50, step, rectified, mean_square));
}

template <bool rectified>
double spread_of_products(Draw& draw, const Numbers& size) {
  return finite_or_infinite(chain(draw, size, 200, matmul, rectified, spread).back());
}

// The spread of Conv2d(1, 32, 5)'s outputs for the first 100 validation digits.
template <bool rectified>
double spread_of_convolution(Draw& draw, const Numbers&) {
  static const Tensor images = [] {
    TrainOptions options;
    options.dataset = "mnist";
    options.holdout = 10'000;
    return Tensor(first_images(load_data(options).test, 100).images);
  }();
  Tensor bias{Array({32})};
  init::uniform_(bias, -0.2, 0.2, draw.generator);  // PyTorch's bound, 1 / sqrt(25)
  const Tensor x = conv2d(images, drawn(draw.init, {32, 1, 5, 5}, draw.generator), bias);
  return spread(rectified ? relu(x) : x);
}

// Standard deviations in the five hidden layers; the weights are the square ones.
struct HiddenSpreads {
  Numbers activations, gradients, weight_gradients;
};

// The spreads in Glorot's network on 1000 digits with cross entropy. Several rows share them.
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

// The factor between the first and the last layer, whichever is larger.
double log_factor(const Numbers& layers) { return std::abs(std::log(last_by_first(layers))); }
double factor(const Numbers& layers) { return std::exp(log_factor(layers)); }
double range(const Numbers& layers) { return std::ranges::max(layers) / std::ranges::min(layers); }
double log_range(const Numbers& layers) { return std::log(range(layers)); }

double least_rise(const Numbers& layers) { return std::ranges::min(factors(layers)); }
double least_fall(const Numbers& layers) { return least_rise({layers.rbegin(), layers.rend()}); }

double one_minus_cosine(const Real* a, const Real* b, std::size_t n) {
  double aa = 0, bb = 0, ab = 0;
  for (std::size_t i = 0; i < n; ++i) {
    aa += static_cast<double>(a[i]) * a[i];
    bb += static_cast<double>(b[i]) * b[i];
    ab += static_cast<double>(a[i]) * b[i];
  }
  return 1 - ab / std::sqrt(aa * bb);
}

// The number of layers over which 1 minus the correlation of two inputs falls to 1 / e, by a fitted
// line, in a tanh network of the ordered phase.
double correlation_depth(Draw& draw, const Numbers& size) {
  constexpr std::size_t most_layers = 400;
  constexpr double from = 1e-2, to = 1e-6;  // there the fall is exponential and float resolves it
  const auto width = static_cast<std::size_t>(size[0]);
  const Tensor one = randn({1, width}, draw.generator);
  Tensor h = concat({one, one + 0.2 * randn({1, width}, draw.generator)}, 0);
  double n = 0, x = 0, y = 0, xx = 0, xy = 0;
  for (std::size_t layer = 0; layer < most_layers; ++layer) {
    const Array rows = h.value().row_major();
    const double apart = one_minus_cosine(rows.data(), rows.data() + width, width);
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

template <double init::MeanField::*sigma>
double critical_tanh(Draw&, const Numbers& q) {
  return std::pow(init::critical(init::activation("tanh"), q[0]).*sigma, 2);
}

// Of the activation that `init`, a call of stable_normal_, names.
init::PointwiseActivation activation_of(const Draw& draw) {
  return init::activation(NamedOptions(draw.init).text("act", "gelu"));
}

double stable_q(Draw& draw, const Numbers&) { return init::stable_variance(activation_of(draw)); }

template <double init::MeanField::*sigma>
double stable_square(Draw& draw, const Numbers&) {
  return std::pow(init::stable(activation_of(draw)).*sigma, 2);
}

}  // namespace

const std::vector<Measure>& run_measures() {
  static const std::vector<Measure> table{
      {"final accuracy", [](const Ran& ran, const Numbers&) { return final_accuracy(ran.record); }},
      {"accuracy after epoch N", accuracy_after},
      {"steps to N", steps_until},
      {"mean loss of steps N to N", loss_between},
      {"train loss of the last epoch",  // measured during its steps
       [](const Ran& ran, const Numbers&) {
         return finite_or_infinite(last_evaluation(ran.record).train_loss);
       }},
      {"singular values above N of the change of 5.weight", rank_of_change},
      {"accuracy within N xi_c at each depth", phase<true, true>},
      {"accuracy beyond N xi_c at each depth", phase<true, false>},
      {"accuracy within N xi_c at each sigma_w", phase<false, true>},
      {"accuracy beyond N xi_c at each sigma_w", phase<false, false>},
  };
  return table;
}

const std::vector<Measure>& signal_measures() {
  using H = HiddenSpreads;
  static const std::vector<Measure> table{
      {"squared length after N ReLU layers of width N", of_lengths<true, last_by_first>},
      {"variance factor of N ReLU layers of width N", of_lengths<true, mean_factor>},
      {"squared gain of N linear layers of width N", of_lengths<false, last_by_first>},
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
      {"xi_c of tanh", [](Draw& draw, const Numbers&) { return xi_c_of_tanh(draw.init); }},
      {"stable variance", stable_q},
      {"stable sigma_w^2", stable_square<&init::MeanField::sigma_w>},
      {"stable sigma_b^2", stable_square<&init::MeanField::sigma_b>},
      {"critical sigma_w^2 of tanh at q* = N", critical_tanh<&init::MeanField::sigma_w>},
      {"critical sigma_b^2 of tanh at q* = N", critical_tanh<&init::MeanField::sigma_b>},
  };
  return table;
}

}  // namespace fanin
