#include "experiments/inspect.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "experiments/commands.hpp"
#include "experiments/models.hpp"
#include "framework/core/error.hpp"
#include "framework/data/loader.hpp"
#include "framework/ops/loss.hpp"
#include "init/init.hpp"
#include "init/schemes.hpp"

namespace fanin {
namespace {

constexpr std::size_t sample = 256;  // training images, in file order

struct Moments {
  double mean = 0, std = 0, low = 0, high = 0;

  explicit Moments(const Array& x) {
    if (x.size() == 0) return;
    const auto n = static_cast<double>(x.size());
    double total = 0, square = 0;
    low = high = x.data()[0];
    for (const Real value : x) {
      total += value;
      low = std::min<double>(low, value), high = std::max<double>(high, value);
    }
    mean = total / n;
    for (const Real value : x) square += (value - mean) * (value - mean);
    std = std::sqrt(square / n);
  }
};

struct Leaf {
  std::string path;
  Module* module;
};

void collect_leaves(Module& module, const std::string& path, std::vector<Leaf>& leaves) {
  if (module.type() != "Sequential") {
    leaves.push_back({path, &module});
    return;
  }
  for (const auto& [name, child] : module.children())
    collect_leaves(*child, path.empty() ? name : path + "." + name, leaves);
}

bool has_weights(const std::string& type) { return type == "Linear" || type.starts_with("Conv"); }

// Units of a layer whose incoming weights are all the same can never become different.
bool units_are_equal(const Array& weight) {
  const std::size_t units = weight.shape()[0],
                    size = weight.size() / std::max<std::size_t>(units, 1);
  for (std::size_t unit = 1; unit < units; ++unit)
    if (!std::equal(weight.data(), weight.data() + size, weight.data() + unit * size)) return false;
  return units > 1;
}

std::string fans(const Shape& shape) {
  if (shape.size() < 2) return fmt::format("{:>8}{:>8}", "", "");
  const init::Fans fans = init::calculate_fans(shape);
  return fmt::format("{:>8}{:>8}", fans.in, fans.out);
}

void print_parameters(const Module& model) {
  fmt::print("  {:<16}{:<18}{:>8}{:>8}{:>12}{:>12}{:>12}{:>12}\n", "parameter", "shape", "fan_in",
             "fan_out", "mean", "std", "min", "max");
  for (const auto& [name, tensor] : model.named_parameters()) {
    const Moments m(tensor.value());
    fmt::print("  {:<16}{:<18}{}{:>12.3g}{:>12.3g}{:>12.3g}{:>12.3g}\n", name,
               to_string(tensor.shape()), fans(tensor.shape()), m.mean, m.std, m.low, m.high);
  }
}

void print_signals(const std::vector<LayerSignal>& signals) {
  fmt::print("  {:<16}{:<14}{:>12}{:>12}{:>14}{:>10}\n", "layer", "", "mean", "std", "gradient std",
             "zeros");
  for (const LayerSignal& s : signals)
    fmt::print("  {:<16}{:<14}{:>12.3g}{:>12.3g}{:>14.3g}{:>8.1f} %\n", s.path, s.type, s.mean,
               s.std, s.gradient_std, 100 * s.zero_share);
}

}  // namespace

std::vector<LayerSignal> measure_signals(Module& model, const Array& images,
                                         const std::vector<std::int64_t>& labels) {
  std::vector<Leaf> leaves;
  collect_leaves(model, "", leaves);
  std::vector<Tensor> inputs, outputs;  // each layer a graph of its own, so that its ends are seen
  Array x = images;
  for (const Leaf& leaf : leaves) {
    inputs.emplace_back(x, true);
    outputs.push_back((*leaf.module)(inputs.back()));
    x = outputs.back().value();
  }
  const Tensor logits(x, true);
  cross_entropy(logits, labels).backward();
  std::vector<LayerSignal> signals(leaves.size());
  Array gradient = logits.grad();
  for (std::size_t i = leaves.size(); i-- > 0;) {
    const Array& y = outputs[i].value();
    const Moments m(y);
    const auto zeros = static_cast<double>(std::count(y.begin(), y.end(), Real(0)));
    signals[i] = {leaves[i].path,
                  leaves[i].module->type(),
                  m.mean,
                  m.std,
                  Moments(gradient).std,
                  zeros / static_cast<double>(std::max<std::size_t>(y.size(), 1))};
    outputs[i].backward(gradient);
    gradient = inputs[i].grad();
  }
  model.zero_grad();
  return signals;
}

std::vector<std::string> verdicts(Module& model, const std::vector<LayerSignal>& signals) {
  constexpr double much = 100;  // between the first and the last Linear layer
  std::vector<std::string> words;
  std::vector<const LayerSignal*> weighted;
  // Like with like: a convolution's numbers are per pixel, and shrink with the image alone.
  for (const LayerSignal& signal : signals)
    if (signal.type == "Linear") weighted.push_back(&signal);
  const auto judge = [&](const char* what, double from, double to) {
    if (!std::isfinite(to) || (from > 0 && to > much * from))
      words.push_back(fmt::format("{} explode: std {:.3g} becomes {:.3g}", what, from, to));
    else if (from > 0 && to < from / much)
      words.push_back(fmt::format("{} vanish: std {:.3g} becomes {:.3g}", what, from, to));
    else if (from == 0 && to == 0)
      words.push_back(fmt::format("{} are all the same: nothing flows", what));
  };
  if (weighted.size() > 1) {
    judge("activations", weighted.front()->std, weighted.back()->std);
    judge("gradients, on their way back,", weighted.back()->gradient_std,
          weighted.front()->gradient_std);
  }
  for (Module* module : model.modules()) {
    if (!has_weights(module->type()) || !units_are_equal(module->parameter("weight")->value()))
      continue;
    words.push_back(
        "all units of a layer have equal weights, so they stay equal however long they train");
    break;
  }
  if (words.empty() && weighted.size() > 1)
    words.push_back("signals keep their size in both directions");
  return words;
}

int inspect_command(const TrainOptions& options, const std::vector<std::string>& inits) {
  for (const std::string& init : inits) check_scheme(init);
  check_model(options.model);
  const Batch batch = first_batch(options, sample);
  for (const std::string& init : inits) {
    Generator generator(options.seed);
    TrainOptions start = options;
    start.init = init;
    const auto model = make_initialised(start, generator);
    fmt::print("{} under {}, seed {}\n\n", options.model, init, options.seed);
    print_parameters(*model);
    const auto signals = measure_signals(*model, batch.images, batch.labels);
    fmt::print("\n");
    print_signals(signals);
    fmt::print("\n");
    for (const std::string& words : verdicts(*model, signals)) fmt::print("  {}\n", words);
    fmt::print("\n");
  }
  return 0;
}

}  // namespace fanin
