#include "experiments/signals.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "framework/nn/layer_table.hpp"
#include "framework/ops/loss.hpp"

namespace fanin {

Spread::Spread(const Array& x) {
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

namespace {

double share(std::size_t count, std::size_t all) {
  return all == 0 ? 0 : static_cast<double>(count) / static_cast<double>(all);
}

// How far apart a number is for one image and another: the root of the mean variance over axis 0.
double image_std(const Array& output) {
  const Array y = output.row_major();
  if (y.rank() == 0 || y.size() == 0) return 0;
  const std::size_t samples = y.shape()[0], numbers = y.size() / samples;
  std::vector<double> mean(numbers, 0);
  for (std::size_t i = 0; i < y.size(); ++i)
    mean[i % numbers] += y.data()[i] / static_cast<double>(samples);
  double square = 0;
  for (std::size_t i = 0; i < y.size(); ++i)
    square += (y.data()[i] - mean[i % numbers]) * (y.data()[i] - mean[i % numbers]);
  return std::sqrt(square / static_cast<double>(y.size()));
}

// The share of units, entries of axis 1, that are 0 throughout.
double dead_share(const Array& output) {
  const Array y = output.row_major();
  if (y.rank() < 2 || y.size() == 0) return 0;
  const std::size_t samples = y.shape()[0], units = y.shape()[1],
                    inner = y.size() / samples / units;
  std::vector<bool> alive(units, false);
  for (std::size_t i = 0; i < y.size(); ++i)
    if (y.data()[i] != 0) alive[i / inner % units] = true;
  return share(static_cast<std::size_t>(std::ranges::count(alive, false)), units);
}

// Where tanh is past 0.97, or a sigmoid as steep as that, the slope is below 6 % of its largest.
double saturated_share(const Array& y, bool is_sigmoid) {
  const auto flat = [&](Real value) {
    return std::abs(is_sigmoid ? 2 * value - 1 : value) > Real(0.97);
  };
  return share(static_cast<std::size_t>(std::ranges::count_if(y, flat)), y.size());
}

// Whether all rows are the same, but for `rounding` as a share of the largest number.
bool rows_are_equal(const Array& array, double rounding) {
  const Array x = array.row_major();
  if (x.rank() == 0 || x.size() == 0 || x.shape()[0] < 2) return false;
  const std::size_t row = x.size() / x.shape()[0];
  double apart = 0, largest = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    largest = std::max<double>(largest, std::abs(x.data()[i]));
    apart = std::max<double>(apart, std::abs(x.data()[i] - x.data()[i % row]));
  }
  return apart <= rounding * largest;
}

// Whether all rows of all of a layer's parameters are the same.
bool units_are_equal(const Module& layer) {
  return std::ranges::all_of(layer.named_parameters(false), [](const auto& entry) {
    return rows_are_equal(entry.second.value(), 0);
  });
}

bool gradients_are_equal(const Module& layer) {
  constexpr double rounding = 1e-4;  // of kernels whose edges add up in another order
  return std::ranges::all_of(layer.named_parameters(false), [](const auto& entry) {
    return entry.second.grad().defined() && rows_are_equal(entry.second.grad(), rounding);
  });
}

bool has_matrix(const Module& layer) {
  return !is_norm(layer) &&
         std::ranges::any_of(layer.named_parameters(false),
                             [](const auto& entry) { return entry.second.shape().size() > 1; });
}

}  // namespace

std::vector<LayerSignal> measure_signals(Module& model, const Array& images,
                                         const std::vector<std::int64_t>& labels) {
  std::vector<LayerSignal> signals;
  std::vector<Tensor> outputs;
  std::vector<const Module*> layers;
  std::vector<Module::HookHandle> hooks;
  for (const auto& [path, layer] : model.named_modules()) {
    if (!layer->children().empty()) continue;
    hooks.push_back(layer->register_forward_hook(
        [&, path = path](Module& module, const Tensor& x, const Tensor& y) {
          const Spread in(x.value()), out(y.value());
          LayerSignal& s = signals.emplace_back(LayerSignal{path, module.type(), out.mean, out.std,
                                                            image_std(y.value()), 0,
                                                            in.std * in.std + in.mean * in.mean});
          if (s.type == "ReLU") s.dead = dead_share(y.value());
          if (s.type == "Tanh" || s.type == "Sigmoid")
            s.saturated = saturated_share(y.value(), s.type == "Sigmoid");
          s.weighted = has_matrix(module);
          s.units_equal = s.weighted && units_are_equal(module);
          layers.push_back(&module);
          outputs.push_back(y);
          outputs.back().retain_grad();
        }));
  }
  const std::string before = default_generator().state();
  const Tensor logits = model(Tensor(images, true));  // so that gradients go all the way back
  const bool draws = default_generator().state() != before;
  cross_entropy(logits, labels).backward();
  for (std::size_t i = 0; i < signals.size(); ++i) {
    LayerSignal& s = signals[i];
    if (outputs[i].grad().defined()) s.gradient_std = Spread(outputs[i].grad()).std;
    s.stay_equal = s.units_equal && !draws && gradients_are_equal(*layers[i]);
  }
  model.zero_grad();
  return signals;
}

std::vector<std::string> verdicts(const std::vector<LayerSignal>& signals) {
  constexpr double much = 100;  // between the first and the last Linear layer
  constexpr double many = 0.1;  // of a layer's units or outputs
  std::vector<std::string> words;
  // Like with like: a convolution's numbers are per pixel, and shrink with the image alone.
  std::vector<const LayerSignal*> linear;
  const LayerSignal *dead = nullptr, *saturated = nullptr, *last = nullptr;
  for (const LayerSignal& s : signals) {
    if (s.type == "Linear") linear.push_back(&s);
    if (s.weighted) last = &s;
    if (s.dead >= many && (!dead || s.dead > dead->dead)) dead = &s;
    if (s.saturated >= many && (!saturated || s.saturated > saturated->saturated)) saturated = &s;
  }
  const auto judge = [&](const char* what, double from, double to) {
    if (!std::isfinite(from))
      words.push_back(fmt::format("{} explode: their std is not finite anywhere", what));
    else if (!std::isfinite(to))
      words.push_back(fmt::format("{} explode: std {:.2g} becomes infinite", what, from));
    else if (from == 0 && to == 0)
      words.push_back(fmt::format("{} vanish: they are all the same", what));
    else if (to > much * from)
      words.push_back(fmt::format("{} explode: std {:.2g} becomes {:.2g}", what, from, to));
    else if (to < from / much)
      words.push_back(fmt::format("{} vanish: std {:.2g} becomes {:.2g}", what, from, to));
  };
  if (linear.size() > 1) {
    const LayerSignal &first = *linear.front(), &top = *linear.back();
    judge("activations", first.std, top.std);
    if (words.empty()) judge("the differences between images", first.image_std, top.image_std);
    judge("gradients, on their way back,", top.gradient_std, first.gradient_std);
    if (words.empty()) words.emplace_back("signals keep their size in both directions");
  }
  if (dead)
    words.push_back(fmt::format("dead ReLU units, 0 for every image: {:.0f} % in layer {}",
                                100 * dead->dead, dead->path));
  if (saturated)
    words.push_back(fmt::format("saturated outputs: {:.0f} % in layer {}, {}",
                                100 * saturated->saturated, saturated->path, saturated->type));
  const LayerSignal *equal = nullptr, *stuck = nullptr;
  for (const LayerSignal& s : signals) {
    if (&s == last) continue;  // its units have different labels to meet
    if (s.units_equal && !equal) equal = &s;
    if (s.stay_equal && !stuck) stuck = &s;
  }
  if (stuck)
    words.emplace_back("all units of a layer are equal, and stay so however long they train");
  else if (equal)
    words.push_back(fmt::format("all units of a layer start equal: layer {}", equal->path));
  if (words.empty()) words.emplace_back("nothing stands out");
  return words;
}

}  // namespace fanin
