// Published results that need no training: how signals go through networks as initialised.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "experiments/look/signals.hpp"
#include "experiments/report/statistics.hpp"
#include "experiments/reproduce/claims.hpp"
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

namespace fanin {
namespace {

constexpr std::size_t seeds = 20;

template <class Measure>
std::vector<double> over_seeds(std::size_t n, const Measure& measure) {
  std::vector<double> values;
  for (std::size_t seed = 0; seed < n; ++seed) {
    Generator generator(seed);
    values.push_back(measure(generator));
  }
  return values;
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

// The mean squares of signals on their way through x -> phi(W x), from the input's on.
std::vector<double> chain(const std::string& call, std::size_t width, std::size_t depth,
                          bool rectified, Generator& generator) {
  constexpr std::size_t inputs = 50;
  Tensor x = randn({inputs, width}, generator);
  std::vector<double> squares = {mean_square(x)};
  for (std::size_t layer = 0; layer < depth; ++layer) {
    x = linear(x, drawn(call, {width, width}, generator));
    if (rectified) x = relu(x);
    squares.push_back(mean_square(x));
  }
  return squares;
}

// The layers of Glorot's network on 1000 digits, cross entropy behind it.
std::vector<LayerSignal> glorot_signals(const std::string& init, std::uint64_t seed) {
  TrainOptions options;
  options.model = "mlp:depth=6,width=1000,act=tanh";
  options.init = init;
  options.seed = seed;
  const auto model = make_initialised(options);
  const Batch batch = first_images(load_data(options).train, 1000);
  return measure_signals(*model, batch.images, batch.labels);
}

// Of the five hidden layers: activations, gradients there, and gradients of the square weights.
struct HiddenSpreads {
  std::vector<double> activations, gradients, weight_gradients;

  explicit HiddenSpreads(const std::vector<LayerSignal>& layers) {
    for (const LayerSignal& layer : layers) {
      if (layer.type == "Tanh") {
        activations.push_back(layer.std);
        gradients.push_back(layer.gradient_std);
      }
      if (layer.type == "Linear" && activations.size() >= 1 && layer.units == 1000)
        weight_gradients.push_back(layer.weight_gradient_norm / 1000);
    }
  }
};

double last_by_first(const std::vector<double>& values) { return values.back() / values.front(); }
double largest_by_least(const std::vector<double>& values) {
  const auto [low, high] = std::ranges::minmax(values);
  return high / low;
}

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

// Over how many layers the difference between two inputs' correlation and 1 falls to 1 / e, by a
// fitted line, in a tanh net of the ordered phase.
double correlation_depth(double sigma_w, double sigma_b, Generator& generator) {
  constexpr std::size_t width = 1000, most_layers = 400;
  constexpr double from = 1e-2, to = 1e-6;  // where the fall is exponential, and float sees it
  const Tensor one = randn({1, width}, generator);
  Tensor h = concat({one, one + 0.2 * randn({1, width}, generator)}, 0);
  const std::string call =
      fmt::format("mean_field_normal_:sigma_w={},sigma_b={}", sigma_w, sigma_b);
  double n = 0, x = 0, y = 0, xx = 0, xy = 0;
  for (std::size_t layer = 0; layer < most_layers; ++layer) {
    const Array rows = h.value().row_major();
    const double apart = angle_square(rows.data(), rows.data() + width, width) / 2;  // 1 - cos
    if (apart < to) break;
    if (apart < from) {
      const auto at = static_cast<double>(layer);
      n += 1, x += at, y += std::log(apart), xx += at * at, xy += at * std::log(apart);
    }
    h = linear(tanh(h), drawn(call, {width, width}, generator), drawn(call, {width}, generator));
  }
  return -(n * xx - x * x) / (n * xy - x * y);
}

// How far a ratio is from 1, either way.
double imbalance(double ratio) { return std::abs(std::log(ratio)); }

}  // namespace

std::vector<Finding> glorot_spreads(const Evidence&) {
  constexpr std::size_t n = 10;
  std::vector<bool> shrink, grow_back, level, even;
  std::vector<double> standard, normalised, back_standard, back_normalised, weights;
  for (std::size_t seed = 0; seed < n; ++seed) {
    const HiddenSpreads s(glorot_signals("standard{*.bias=zeros_}", seed));
    const HiddenSpreads x(glorot_signals("xavier_uniform", seed));
    shrink.push_back(std::ranges::is_sorted(s.activations, std::greater<>()));
    grow_back.push_back(std::ranges::is_sorted(s.gradients));
    standard.push_back(imbalance(last_by_first(s.activations)));
    normalised.push_back(imbalance(last_by_first(x.activations)));
    back_standard.push_back(imbalance(last_by_first(s.gradients)));
    back_normalised.push_back(imbalance(last_by_first(x.gradients)));
    weights.push_back(largest_by_least(s.weight_gradients));
    level.push_back(imbalance(weights.back()) < 0.1 * back_standard.back());
  }
  const auto factor = [](const std::vector<double>& logs) { return std::exp(median(logs)); };
  return {
      holds("standard init: activations shrink from layer to layer (figure 6)",
            fmt::format("by {:.3g} over five layers", factor(standard)), shrink),
      holds("standard init: gradients shrink on their way back (figure 7)",
            fmt::format("by {:.3g} over five layers", factor(back_standard)), grow_back),
      holds("standard init: yet weights' gradients stay level (figure 8)",
            fmt::format("largest layer {:.3g} of the least", median(weights)), level),
      ordering("normalised init keeps activations nearer to level", "standard's log ratio",
               standard, "normalised's", normalised),
      ordering("normalised init keeps gradients nearer to level", "standard's log ratio",
               back_standard, "normalised's", back_normalised),
  };
}

std::vector<Finding> hanin_lengths(const Evidence&) {
  constexpr std::size_t width = 50, depth = 50;
  const auto ratios = [](const std::string& call) {
    return over_seeds(seeds, [&](Generator& generator) {
      const auto squares = chain(call, width, depth, true, generator);
      return squares.back() / squares.front();
    });
  };
  const std::vector<double> he = ratios("kaiming_normal_:nonlinearity=relu");
  std::vector<bool> stable;
  for (const double ratio : he) stable.push_back(ratio > 1e-3 && ratio < 1e3);
  std::vector<Finding> findings = {
      holds(fmt::format("length after {} layers: He's stays within a factor of 1000", depth),
            fmt::format("median {:.2g}", median(he)), stable)};
  const std::vector<std::pair<const char*, const char*>> collapsing = {
      {"xavier_normal", "xavier_normal_"},
      {"He's cut at two std", "trunc_normal_:std=0.2,a=-0.4,b=0.4"},
      {"PyTorch's default", "kaiming_uniform_:a=2.2360679775"},
      {"orthogonal", "orthogonal_"}};
  // That each seed's is a hundredth of He's or less, or a hundred times as much.
  const auto parted = [&](const std::string& what, const std::vector<double>& other, bool larger) {
    std::vector<bool> seeds;
    for (std::size_t i = 0; i < he.size(); ++i)
      seeds.push_back(larger ? other[i] > 100 * he[i] : other[i] < he[i] / 100);
    findings.push_back(holds(what, fmt::format("median {:.2g}", median(other)), seeds));
  };
  for (const auto& [name, call] : collapsing)
    parted(fmt::format("{} collapses, to a hundredth of He's or less", name), ratios(call), false);
  parted("twice He's variance explodes, to a hundred times He's or more",
         ratios("normal_:std=0.28284271"), true);
  return findings;
}

std::vector<Finding> he_variances(const Evidence&) {
  constexpr std::size_t width = 1000, depth = 10;
  const auto by_layer = [](const std::string& call) {
    return over_seeds(10, [&](Generator& generator) {
      const auto squares = chain(call, width, depth, true, generator);
      double sum = 0;
      for (std::size_t i = 1; i < squares.size(); ++i) sum += squares[i] / squares[i - 1];
      return sum / depth;
    });
  };
  return {mean_number("ReLU, He: a layer multiplies the variance by", 1,
                      by_layer("kaiming_normal_:nonlinearity=relu")),
          mean_number("ReLU, Xavier: a layer multiplies the variance by", 0.5,
                      by_layer("xavier_normal_"))};
}

std::vector<Finding> sqrt5_spreads(const Evidence&) {
  TrainOptions options;
  options.dataset = "mnist";
  options.holdout = 10'000;
  const Tensor images(first_images(load_data(options).test, 100).images);
  const auto outputs = [&](const char* call, bool rectified) {
    return over_seeds(seeds, [&](Generator& generator) {
      Tensor bias{Array({32})};
      init::uniform_(bias, -0.2, 0.2, generator);  // PyTorch's, 1 / sqrt(25)
      const Tensor x = conv2d(images, drawn(call, {32, 1, 5, 5}, generator), bias);
      return spread(rectified ? relu(x) : x);
    });
  };
  const char* defaults = "kaiming_uniform_:a=2.2360679775";  // sqrt(5)
  return {single_number("PyTorch's default", .598, .0005, outputs(defaults, false)),
          single_number("Kaiming, a = 1", 1.107, .0005, outputs("kaiming_normal_:a=1", false)),
          single_number("PyTorch's default and a ReLU", .365, .0005, outputs(defaults, true)),
          single_number("Kaiming, a = 0, and a ReLU", 1.020, .0005,
                        outputs("kaiming_normal_:a=0", true))};
}

std::vector<Finding> matrix_chains(const Evidence&) {
  constexpr std::size_t width = 100, depth = 50;
  const auto ends = [](const std::string& call, bool rectified) {
    return over_seeds(seeds, [&](Generator& generator) {
      Tensor x = randn({200, width}, generator);
      for (std::size_t layer = 0; layer < depth; ++layer) {
        x = matmul(x, drawn(call, {width, width}, generator));
        if (rectified) x = relu(x);
      }
      return spread(x);
    });
  };
  const auto all = [](const std::vector<double>& values, const auto& test) {
    std::vector<bool> result;
    for (const double value : values) result.push_back(test(value));
    return result;
  };
  const auto lost = [](double x) { return x == 0; };
  const auto exploded = [](double x) { return !std::isfinite(x); };
  const auto kept = [](double x) { return x > 1e-2 && x < 1e2; };
  const auto finding = [&](const char* what, const char* call, bool rectified, const auto& test) {
    const auto values = ends(call, rectified);
    const auto finite = std::ranges::all_of(values, [](double x) { return std::isfinite(x); });
    return holds(what, finite ? fmt::format("median std {:.2g}", median(values)) : "std not finite",
                 all(values, test));
  };
  return {finding("50 products with N(0, 1): not a number", "normal_", false, exploded),
          finding("with N(0, 0.01^2): 0", "normal_:std=0.01", false, lost),
          finding("with N(0, 0.1^2), 1 / sqrt(100): of order 1", "normal_:std=0.1", false, kept),
          finding("with ReLU and N(0, 0.1^2): next to 0", "normal_:std=0.1", true,
                  [](double x) { return x < 1e-5; }),
          finding("with ReLU and He's sqrt(2 / 100): of order 1", "normal_:std=0.141421356", true,
                  kept)};
}

std::vector<Finding> tanh_criticality(const Evidence&) {
  const init::PointwiseActivation tanh = init::activation("tanh");
  const init::MeanField origin = init::critical(tanh, 1e-6);
  constexpr double digits = 1e-4;
  std::vector<Finding> findings = {
      calculated("tanh's critical sigma_w^2 where q* goes to 0", 1, origin.sigma_w * origin.sigma_w,
                 digits),
      calculated("and its sigma_b^2", 0, origin.sigma_b * origin.sigma_b, digits)};
  for (const double sigma_w : {1.1, 1.2, 1.3}) {
    const double sigma_b = std::sqrt(0.05);
    const double predicted = init::fixed_point({tanh, sigma_w, sigma_b}).xi_c;
    findings.push_back(mean_number(
        fmt::format("depth scale of correlations, sigma_w {}, sigma_b^2 0.05, by theory", sigma_w),
        predicted, over_seeds(10, [&](Generator& generator) {
          return correlation_depth(sigma_w, sigma_b, generator);
        })));
  }
  return findings;
}

std::vector<Finding> orthogonal_isometry(const Evidence&) {
  constexpr std::size_t width = 100, depth = 100;
  const auto gains = [](const std::string& call) {
    return over_seeds(seeds, [&](Generator& generator) {
      const auto squares = chain(call, width, depth, false, generator);
      return std::sqrt(squares.back() / squares.front());
    });
  };
  std::vector<bool> exact;
  for (const double gain : gains("orthogonal_")) exact.push_back(std::abs(gain - 1) < 1e-5);
  return {
      holds("100 orthogonal linear layers keep a signal's length to 1e-5", "within 1e-5", exact)};
}

}  // namespace fanin
