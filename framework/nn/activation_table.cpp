#include "framework/nn/activation_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "framework/nn/activation.hpp"

namespace fanin::FANIN_PRECISION {
namespace {

using Phi = PointwiseActivation;
using Values = std::vector<Value>;

double logistic(double x) { return 1 / (1 + std::exp(-x)); }

double normal_cdf(double x) { return std::erfc(-x / std::numbers::sqrt2) / 2; }

double normal_density(double x) {
  return std::exp(-x * x / 2) * std::numbers::inv_sqrtpi / std::numbers::sqrt2;
}

Phi leaky(double slope) {
  return {fmt::format("leaky_relu:negative_slope={}", slope),
          [=](double x) { return x > 0 ? x : slope * x; },
          [=](double x) { return x > 0 ? 1 : slope; }};
}

Phi general_relu(double leak, double sub) {
  Phi phi = leaky(leak);
  phi.name += fmt::format(" - {}", sub);
  phi.value = [value = phi.value, sub](double x) { return value(x) - sub; };
  return phi;
}

Phi elu_curve(std::string name, double alpha, double scale = 1) {
  return {std::move(name), [=](double x) { return scale * (x > 0 ? x : alpha * std::expm1(x)); },
          [=](double x) { return scale * (x > 0 ? 1 : alpha * std::exp(x)); }};
}

// GELU's approximation by tanh; Hendrycks & Gimpel 2016.
Phi gelu_tanh() {
  constexpr double a = 0.044715;
  static const double b = std::sqrt(2 * std::numbers::inv_pi);
  return {"gelu_tanh", [](double x) { return x / 2 * (1 + std::tanh(b * (x + a * x * x * x))); },
          [](double x) {
            const double t = std::tanh(b * (x + a * x * x * x));
            return (1 + t) / 2 + x / 2 * (1 - t * t) * b * (1 + 3 * a * x * x);
          }};
}

Phi gelu_curve(const Values& approximate) {
  if (approximate.at(0) == Value(std::string("tanh"))) return gelu_tanh();
  return {"gelu", [](double x) { return x * normal_cdf(x); },
          [](double x) { return normal_cdf(x) + x * normal_density(x); }};
}

Phi softplus_curve(double beta) {
  return {
      fmt::format("softplus:beta={}", beta),
      [=](double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(beta * x))) / beta; },
      [=](double x) { return logistic(beta * x); }};
}

// x tanh(softplus x), Misra 2019.
Phi mish_curve() {
  const auto bend = [](double x) {
    return std::tanh(std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))));
  };
  return {"mish", [=](double x) { return x * bend(x); },
          [=](double x) { return bend(x) + x * (1 - bend(x) * bend(x)) * logistic(x); }};
}

Phi clamp_curve(std::string name, double low, double high) {
  check_hardtanh(low, high);
  return {std::move(name),
          [=](double x) { return std::clamp(x, low, high); },
          [=](double x) { return x > low && x < high ? 1.0 : 0; },
          {low, high}};
}

// A curve without arguments, and one of the layer's first.
auto fixed(Phi curve) {
  return [=](const Values&) { return curve; };
}
auto by_first(Phi (*curve)(double)) {
  return [=](const Values& a) { return curve(number_of(a.at(0))); };
}

LayerRow hardtanh_row(const Field& inplace) {
  LayerRow row = layer_row<Hardtanh>(
      "Hardtanh", {{"min_val", Shown::always, -1.0}, {"max_val", Shown::always, 1.0}, inplace},
      Types<Number, Number, bool>());
  row.positions = {"min_val", "max_val", "inplace", "min_value", "max_value"};
  row.fixed = {{"min_value", Value()}, {"max_value", Value()}};  // older names of the first two
  return row;
}

}  // namespace

const std::vector<ActivationRow>& activation_table() {
  const auto always = Shown::always, if_changed = Shown::if_changed;
  const Field inplace{"inplace", if_changed, false}, dim{"dim", always, Value()};
  const auto whole = [](std::int64_t value) { return Value(value); };
  const Types<bool> flag;
  const Types<Number, bool> number_and_flag;
  const Types<Number, Number> numbers;
  const Types<std::optional<std::int64_t>> axis;
  static const std::vector<ActivationRow> table{
      {"linear", layer_row<Identity>("Identity", {}, Types<>()),
       fixed({"linear", [](double x) { return x; }, [](double) { return 1.0; }})},
      {"relu", layer_row<ReLU>("ReLU", {inplace}, flag),
       fixed({"relu", [](double x) { return x > 0 ? x : 0; },
              [](double x) { return x > 0 ? 1.0 : 0; }}),
       true},
      {"leaky_relu",
       layer_row<LeakyReLU>("LeakyReLU", {{"negative_slope", always, 0.01}, inplace},
                            number_and_flag),
       by_first(leaky)},
      {"",  // fastai's: PyTorch has no such layer
       layer_row<GeneralReLU>("GeneralReLU", {{"leak", always, 0.0}, {"sub", always, 0.0}},
                              numbers),
       [](const Values& a) { return general_relu(number_of(a.at(0)), number_of(a.at(1))); }},
      {"elu", layer_row<ELU>("ELU", {{"alpha", always, 1.0}, inplace}, number_and_flag),
       by_first([](double alpha) { return elu_curve(fmt::format("elu:alpha={}", alpha), alpha); })},
      {"selu", layer_row<SELU>("SELU", {inplace}, flag),
       fixed(elu_curve("selu", 1.6732632423543772848170429916717,
                       1.0507009873554804934193349852946))},
      {"gelu",
       layer_row<GELU>(
           "GELU", {{"approximate", Shown::quoted, Value(std::string("none")), {"none", "tanh"}}},
           Types<std::string>()),
       gelu_curve},
      {"gelu_tanh", {}, fixed(gelu_tanh())},
      {"silu", layer_row<SiLU>("SiLU", {inplace}, flag),
       fixed({"silu", [](double x) { return x * logistic(x); },
              [](double x) { return logistic(x) * (1 + x * logistic(-x)); }})},
      {"tanh",
       layer_row<Tanh>("Tanh", {}, Types<>()),
       fixed({"tanh", [](double x) { return std::tanh(x); },
              [](double x) { return 1 - std::tanh(x) * std::tanh(x); }}),
       false,
       {{-1, 1}}},
      {"sigmoid",
       layer_row<Sigmoid>("Sigmoid", {}, Types<>()),
       fixed({"sigmoid", logistic, [](double x) { return logistic(x) * logistic(-x); }}),
       false,
       {{0, 1}}},
      {"softplus",
       layer_row<Softplus>("Softplus", {{"beta", always, 1.0}, {"threshold", always, 20.0}},
                           numbers),
       by_first(softplus_curve)},
      {"softsign", layer_row<Softsign>("Softsign", {}, Types<>()),
       fixed({"softsign", [](double x) { return x / (1 + std::abs(x)); },
              [](double x) { return 1 / ((1 + std::abs(x)) * (1 + std::abs(x))); }})},
      {"mish", layer_row<Mish>("Mish", {inplace}, flag), fixed(mish_curve())},
      {"hardswish", layer_row<Hardswish>("Hardswish", {{"inplace", Shown::never, false}}, flag),
       fixed({"hardswish",
              [](double x) { return x * std::clamp(x / 6 + 0.5, 0.0, 1.0); },
              [](double x) { return x <= -3  ? 0
                                    : x >= 3 ? 1
                                             : x / 3 + 0.5; },
              {-3, 3}})},
      {"logsigmoid", layer_row<LogSigmoid>("LogSigmoid", {}, Types<>()),
       fixed({"logsigmoid",
              [](double x) { return std::min(x, 0.0) - std::log1p(std::exp(-std::abs(x))); },
              [](double x) { return logistic(-x); }})},
      {"hardtanh", hardtanh_row(inplace),
       [](const Values& a) {
         const double low = number_of(a.at(0)), high = number_of(a.at(1));
         const bool usual = low == -1 && high == 1;
         return clamp_curve(
             usual ? "hardtanh" : fmt::format("hardtanh:min_val={},max_val={}", low, high), low,
             high);
       }},
      {"relu6", layer_row<ReLU6>("ReLU6", {inplace}, flag), fixed(clamp_curve("relu6", 0, 6)),
       true},
      {"", layer_row<Softmax>("Softmax", {dim}, axis)},
      {"", layer_row<LogSoftmax>("LogSoftmax", {dim}, axis)},
      {"",  // a leaky ReLU if all slopes are `init`
       layer_row<PReLU>("PReLU",
                        {{"num_parameters", always, whole(1)}, {"init", Shown::never, 0.25}},
                        Types<std::size_t, Number>()),
       [](const Values& a) { return leaky(number_of(a.at(1))); }},
  };
  return table;
}

const ActivationRow* find_activation(const std::string& layer) {
  for (const ActivationRow& row : activation_table())
    if (row.layer.make && row.layer.type == layer) return &row;
  return nullptr;
}

bool is_number(const Value& value) {
  return std::holds_alternative<std::int64_t>(value) || std::holds_alternative<double>(value);
}

double number_of(const Value& value) {
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return static_cast<double>(*whole);
  return std::get<double>(value);
}

}  // namespace fanin::FANIN_PRECISION
