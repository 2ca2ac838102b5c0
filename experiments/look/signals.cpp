#include "experiments/look/signals.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "framework/core/kernels/kernels.hpp"
#include "framework/nn/activation_table.hpp"
#include "framework/nn/layer_table.hpp"
#include "framework/nn/module.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/shape.hpp"

namespace fanin {
namespace {

constexpr std::size_t bins = 24;

// The sum of f over the numbers. It adds in lanes, as the compiler may not reorder one sum.
template <class F>
double sum(const Array& x, const F& f) {
  constexpr std::size_t lanes = 8;
  double totals[lanes] = {};
  const Real* v = x.data();
  std::size_t i = 0;
  for (; i + lanes <= x.size(); i += lanes)
    for (std::size_t k = 0; k < lanes; ++k) totals[k] += f(static_cast<double>(v[i + k]));
  for (; i < x.size(); ++i) totals[0] += f(static_cast<double>(v[i]));
  return std::accumulate(totals, totals + lanes, 0.0);
}

using Part = Array (*)(const Tensor&);
Array value_of(const Tensor& tensor) { return tensor.value(); }
Array gradient_of(const Tensor& tensor) { return tensor.grad(); }

// The Euclidean norm of all values or gradients together.
double norm(const std::vector<Tensor>& tensors, Part part_of) {
  double square = 0;
  for (const Tensor& tensor : tensors)
    if (const Array x = part_of(tensor); x.defined())
      square += std::pow(std::sqrt(sum(x, [](double v) { return v * v; })), 2);
  return std::sqrt(square);
}

double share(std::size_t count, std::size_t all) {
  return all == 0 ? 0 : static_cast<double>(count) / static_cast<double>(all);
}

// The std of a number from image to image: the root of the mean variance over axis 0.
double image_std(const Array& output) {
  if (output.rank() == 0 || output.size() == 0) return 0;
  const Array y = output.batch_last();
  const std::size_t images = y.shape()[0], numbers = y.size() / images;
  Array means({numbers}), variances({numbers});
  kernels().moments(numbers, images, y.data(), means.data(), variances.data());
  return std::sqrt(sum(variances, [](double v) { return v; }) / static_cast<double>(numbers));
}

// The share of units (entries of axis 1) that are always 0.
double dead_share(const Array& output) {
  if (output.rank() < 2 || output.size() == 0) return 0;
  const Array y = output.batch_last();  // memory [units][...][N]
  const std::size_t units = y.shape()[1], run = y.size() / units;
  std::size_t dead = 0;
  for (std::size_t u = 0; u < units; ++u)
    dead += std::all_of(y.data() + u * run, y.data() + (u + 1) * run,
                        [](Real value) { return value == 0; });
  return share(dead, units);
}

Histogram histogram(const Array& x, const Spread& spread) {
  Histogram h{spread.low, spread.high, {}};
  if (x.size() == 0 || !std::isfinite(spread.std)) return h;
  h.counts.assign(bins, 0);
  const double width = h.high - h.low;  // in double, as it may not fit a float
  const double scale = width > 0 ? static_cast<double>(bins) / width : 0;
  for (const Real value : x)
    ++h.counts[std::min(static_cast<std::size_t>((value - h.low) * scale), bins - 1)];
  return h;
}

// Beyond 97 % of the way from the middle to a bound, the slope is below 6 % of its largest.
double saturated_share(const Array& y, Real low, Real high) {
  const auto flat = [=](Real value) {
    return std::abs((2 * value - (low + high)) / (high - low)) > Real(0.97);
  };
  return share(static_cast<std::size_t>(std::ranges::count_if(y, flat)), y.size());
}

// How far apart the units are in a parameter or gradient [gates * units, ...]: the largest
// difference as a share of the largest number, or infinity for fewer than two units.
double units_apart(const Array& array, std::size_t gates) {
  const Array x = array.row_major();
  const std::size_t rows = x.rank() == 0 ? 0 : x.shape()[0];
  if (x.size() == 0 || rows < 2 * gates) return HUGE_VAL;
  const std::size_t row = x.size() / rows, block = x.size() / gates;
  double apart = 0, largest = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double value = x.data()[i], first = x.data()[i / block * block + i % row];
    if (!std::isfinite(value)) return HUGE_VAL;
    largest = std::max(largest, std::abs(value));
    apart = std::max(apart, std::abs(value - first));
  }
  return apart == 0 ? 0 : apart / largest;
}

// The same over all parameters of a layer. Infinity if a gradient is missing.
double layer_units_apart(const Module& layer, Part part_of) {
  double apart = 0;
  const LayerRow* row = find_layer(layer.type());
  for (const auto& [name, tensor] : layer.named_parameters(false)) {
    const Array array = part_of(tensor);
    const double of_one = array.defined() ? units_apart(array, row ? row->gates : 1) : HUGE_VAL;
    apart = std::max(apart, of_one);
  }
  return apart;
}

// Counts different rows. Sorting along one fixed direction makes equal rows neighbours.
std::size_t distinct_rows(const Array& x) {
  constexpr double rounding = 1e-5;  // of the largest number
  const std::size_t rows = x.shape()[0], row = rows == 0 ? 0 : x.size() / rows;
  std::vector<std::pair<double, const Real*>> places;
  double largest = 0;
  for (std::size_t i = 0; i < rows; ++i) {
    const Real* at = x.data() + i * row;
    double place = 0;
    for (std::size_t j = 0; j < row; ++j) {
      place += at[j] * std::cos(static_cast<double>(j + 1));
      largest = std::max(largest, std::abs(static_cast<double>(at[j])));
    }
    places.emplace_back(place, at);
  }
  std::ranges::sort(places);
  const auto near = [&](Real a, Real b) { return std::abs(a - b) <= rounding * largest; };
  std::size_t count = rows > 0;
  for (std::size_t i = 1; i < rows; ++i)
    count += !std::equal(places[i].second, places[i].second + row, places[i - 1].second, near);
  return count;
}

// A row for each unit of a Linear, a convolution or the first layer of a recurrent one: its weights
// and biases, in each gate. Empty for other layers.
Array unit_rows(const Module& layer) {
  const LayerRow* layer_row = find_layer(layer.type());
  const bool recurrent = layer_row && layer_row->kind == LayerKind::recurrent;
  if (!recurrent && kind_of(layer) != LayerKind::affine) return {};
  const std::size_t gates = layer_row->gates;
  std::vector<Array> parts;
  std::size_t numbers = 0, units = 0;
  for (const auto& [name, tensor] : layer.named_parameters(false)) {
    if (recurrent && !name.ends_with("_l0")) continue;
    parts.push_back(tensor.value().row_major());
    units = parts.front().shape()[0] / gates;
    if (units > 0) numbers += parts.back().size() / units;
  }
  Array rows({units, numbers});
  Real* to = rows.data();
  for (std::size_t unit = 0; unit < units; ++unit)
    for (const Array& part : parts) {
      const std::size_t row = part.size() / (gates * units);
      for (std::size_t gate = 0; gate < gates; ++gate)
        to = std::copy_n(part.data() + (gate * units + unit) * row, row, to);
    }
  return rows;
}

// The weight matrices of a layer. The factors of a norm do not count, even if they have two axes.
std::vector<Tensor> weight_matrices(const Module& layer) {
  return kind_of(layer) == LayerKind::norm ? std::vector<Tensor>() : matrices(layer);
}

void describe_weights(const Module& layer, LayerSignal& s) {
  const std::vector<Tensor> weights = weight_matrices(layer);
  s.weighted = !weights.empty();
  if (s.weighted && layer_units_apart(layer, value_of) == 0) s.units_are = Units::start_equal;
  s.weight_norm = norm(weights, value_of);
  const Array rows = unit_rows(layer);
  if (rows.size() == 0) return;
  s.units = rows.shape()[0];
  s.distinct = distinct_rows(rows);
}

// Moves every parameter against its gradient, into new memory. Each output of a layer moves by
// about 0.1 at most, so that no activation saturates and no gradient vanishes in deep nets.
void take_step(const std::vector<Tensor>& parameters) {
  for (Tensor parameter : parameters) {
    if (!parameter.grad().defined()) continue;
    const Array gradient = parameter.grad().row_major();
    const Spread spread(gradient);
    const double largest = std::max(std::abs(spread.low), std::abs(spread.high));
    if (!(largest > 0) || !std::isfinite(largest)) continue;
    Array moved = parameter.value().clone();  // row-major, like all parameters
    const std::size_t row = gradient.rank() > 1 ? gradient.size() / gradient.shape()[0] : 1;
    const double rate = 0.1 / largest / static_cast<double>(row);
    for (std::size_t i = 0; i < moved.size(); ++i)
      moved.data()[i] -= static_cast<Real>(rate * gradient.data()[i]);
    parameter.value() = moved;
  }
}

bool gradients_are_zero(const Module& layer) {
  return std::ranges::all_of(layer.named_parameters(false), [](const auto& entry) {
    const Array gradient = entry.second.grad();
    return gradient.defined() && std::ranges::all_of(gradient, [](Real g) { return g == 0; });
  });
}

// Finds out whether training makes equal units differ. It steps until three steps in a row reach no
// further layer, as under zero weights a gradient reaches one more layer in each step. Each output
// gets a gradient of its own, as the loss's may cancel to rounding.
void try_steps(Module& model, const Array& images, const std::vector<const Module*>& layers,
               std::vector<LayerSignal>& signals) {
  constexpr int quiet_steps = 3;
  constexpr double rounding = 1e-4;  // of kernels that add up edges in another order
  const auto equal = [](const LayerSignal& s) { return s.units_are != Units::differ; };
  if (std::ranges::none_of(signals, equal)) return;
  const std::vector<Tensor> parameters = model.parameters();
  std::vector<Array> before;
  for (const Tensor& parameter : parameters) before.push_back(parameter.value());
  const std::shared_ptr<void> undo(nullptr, [&](void*) {  // also if a layer throws
    for (std::size_t i = 0; i < before.size(); ++i) Tensor(parameters[i]).value() = before[i];
  });
  std::vector<bool> reached(signals.size());  // by a gradient
  for (int step = 0, quiet = 0; quiet < quiet_steps; ++step, ++quiet) {
    const Tensor outputs = model(Tensor(images));
    Array weights(outputs.shape());
    for (std::size_t i = 0; i < weights.size(); ++i)
      weights.data()[i] = static_cast<Real>(std::cos(static_cast<double>(i + 1)));
    model.zero_grad();
    sum(outputs * Tensor(weights)).backward();
    for (std::size_t i = 0; i < signals.size(); ++i) {
      Units& units = signals[i].units_are;
      if (step == 0 && equal(signals[i]) && layer_units_apart(*layers[i], gradient_of) < rounding)
        units = Units::equal_without_gradient;
      if (!reached[i] && !gradients_are_zero(*layers[i])) reached[i] = true, quiet = -1;
      if (units == Units::equal_without_gradient && reached[i])
        units = Units::equal_but_for_rounding;
    }
    take_step(parameters);
  }
}

}  // namespace

Spread::Spread(const Array& x) {
  if (x.size() == 0) return;
  const auto n = static_cast<double>(x.size());
  const auto [least, most] = std::minmax_element(x.begin(), x.end());
  low = *least, high = *most;
  mean = sum(x, [](double v) { return v; }) / n;
  std = std::sqrt(sum(x, [m = mean](double v) { return (v - m) * (v - m); }) / n);
}

std::vector<Tensor> matrices(const Module& layer) {
  std::vector<Tensor> result;
  for (const auto& [name, tensor] : layer.named_parameters(false))
    if (tensor.shape().size() > 1) result.push_back(tensor);
  return result;
}

std::vector<LayerSignal> measure_signals(Module& model, const Array& images,
                                         const std::vector<std::int64_t>& labels,
                                         const Loss& loss) {
  std::vector<LayerSignal> signals;
  std::vector<Tensor> outputs;
  std::vector<const Module*> layers;
  std::vector<Module::HookHandle> hooks;
  for (const auto& [path, layer] : model.named_modules()) {
    if (!layer->children().empty()) continue;
    hooks.push_back(layer->register_forward_hook(
        [&, path = path](Module& module, const Tensor& x, const Tensor& y) {
          const Spread in(x.value()), out(y.value());
          LayerSignal& s = signals.emplace_back();
          s.path = path, s.type = module.type();
          s.mean = out.mean, s.std = out.std, s.image_std = image_std(y.value());
          s.input_square = in.std * in.std + in.mean * in.mean;
          const ActivationRow* row = find_activation(s.type);
          if (row && row->dies) s.dead = dead_share(y.value());
          if (row && row->bounds)
            s.saturated = saturated_share(y.value(), row->bounds->at(0), row->bounds->at(1));
          s.outputs = histogram(y.value(), out);
          s.numbers = y.value().size() / std::max<std::size_t>(images.shape()[0], 1);
          describe_weights(module, s);
          layers.push_back(&module);
          outputs.push_back(y);
          outputs.back().retain_grad();
        }));
  }
  const KeepState undo(model);
  const Tensor logits = model(Tensor(images, true));  // so that gradients go all the way back
  const bool draws = undo.drew();
  model.zero_grad();  // from the last training step
  loss.of(logits, labels).backward();
  for (std::size_t i = 0; i < signals.size(); ++i) {
    LayerSignal& s = signals[i];
    if (const Array& gradient = outputs[i].grad(); gradient.defined()) {
      const Spread spread(gradient);
      s.gradient_std = spread.std;
      s.gradients = histogram(gradient, spread);
    }
    if (s.weighted) s.weight_gradient_norm = norm(matrices(*layers[i]), gradient_of);
  }
  hooks.clear();
  if (!draws) try_steps(model, images, layers, signals);
  model.zero_grad();
  return signals;
}

NotFinite find_not_finite(Module& model, const Batch& batch, const Loss& loss, std::size_t steps) {
  const auto name = [](std::size_t number, const std::string& path, const std::string& type) {
    return path.empty() ? type : fmt::format("{} ({})", layer_name(number, path), type);
  };
  const auto is_odd = [](const auto& entry) {
    return !std::ranges::all_of(entry.second.value(), [](Real x) { return std::isfinite(x); });
  };
  NotFinite found{steps, "", "loss"};
  std::size_t number = 0;
  for (const auto& [path, layer] : model.named_modules()) {
    number += !weight_matrices(*layer).empty();
    if (std::ranges::any_of(layer->named_parameters(false), is_odd))
      found = {steps, name(number, path, layer->type()), "weights"};
  }
  if (found.what == "weights") return found;
  const auto signals = measure_signals(model, batch.images, batch.labels, loss);
  const std::vector<std::size_t> numbers = layer_numbers(signals);
  for (std::size_t i = 0; i < signals.size(); ++i)
    if (!std::isfinite(signals[i].std))
      return {steps, name(numbers[i], signals[i].path, signals[i].type), "output"};
  return found;
}

}  // namespace fanin
