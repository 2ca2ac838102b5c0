#include "experiments/signals.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

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

// Whether all rows of all of a layer's parameters are the same.
bool units_are_equal(const Module& layer) {
  std::size_t units = 0;
  for (const auto& [name, tensor] : layer.named_parameters(false)) {
    const Array& x = tensor.value();
    if (x.size() == 0) return false;
    units = x.shape()[0];
    const std::size_t row = x.size() / units;
    for (std::size_t i = row; i < x.size(); ++i)
      if (x.data()[i] != x.data()[i % row]) return false;
  }
  return units > 1;
}

bool has_matrix(const Module& layer) {
  return std::ranges::any_of(layer.named_parameters(false),
                             [](const auto& entry) { return entry.second.shape().size() > 1; });
}

}  // namespace

std::vector<LayerSignal> measure_signals(Module& model, const Array& images,
                                         const std::vector<std::int64_t>& labels) {
  std::vector<LayerSignal> signals;
  std::vector<Tensor> outputs;
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
          outputs.push_back(y);
          outputs.back().retain_grad();
        }));
  }
  const Tensor logits = model(Tensor(images, true));  // so that gradients go all the way back
  cross_entropy(logits, labels).backward();
  for (std::size_t i = 0; i < signals.size(); ++i)
    if (outputs[i].grad().defined()) signals[i].gradient_std = Spread(outputs[i].grad()).std;
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
  for (const LayerSignal& s : signals) {
    if (!s.units_equal || &s == last) continue;  // the last layer's have different labels to meet
    words.emplace_back("all units of a layer are equal, and stay so however long they train");
    break;
  }
  if (words.empty()) words.emplace_back("nothing stands out");
  return words;
}

}  // namespace fanin
