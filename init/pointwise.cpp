#include "init/pointwise.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "framework/core/error.hpp"
#include "framework/core/join.hpp"
#include "init/named_options.hpp"

namespace fanin::init {
namespace {

using Functions = std::pair<std::function<double(double)>, std::function<double(double)>>;

double logistic(double x) { return 1 / (1 + std::exp(-x)); }

double normal_cdf(double x) { return std::erfc(-x / std::numbers::sqrt2) / 2; }

double normal_density(double x) {
  return std::exp(-x * x / 2) * std::numbers::inv_sqrtpi / std::numbers::sqrt2;
}

Functions elu(double alpha, double scale = 1) {
  return {[=](double x) { return scale * (x > 0 ? x : alpha * std::expm1(x)); },
          [=](double x) { return scale * (x > 0 ? 1 : alpha * std::exp(x)); }};
}

// The tanh of GELU's approximation and its derivative; Hendrycks & Gimpel 2016.
Functions gelu_tanh() {
  constexpr double a = 0.044715;
  static const double b = std::sqrt(2 * std::numbers::inv_pi);
  return {[](double x) { return x / 2 * (1 + std::tanh(b * (x + a * x * x * x))); },
          [](double x) {
            const double t = std::tanh(b * (x + a * x * x * x));
            return (1 + t) / 2 + x / 2 * (1 - t * t) * b * (1 + 3 * a * x * x);
          }};
}

// The argument is PyTorch's, the first of the layer's; without a name there is none.
struct Row {
  std::string name, layer, argument;
  double fallback;
  std::function<Functions(double)> make;
  std::vector<double> kinks = {0};
};

const std::vector<Row>& table() {
  static const std::vector<Row> rows{
      {"linear", "Identity", "", 0,
       [](double) -> Functions {
         return {[](double x) { return x; }, [](double) { return 1.0; }};
       }},
      {"relu", "ReLU", "", 0,
       [](double) -> Functions {
         return {[](double x) { return x > 0 ? x : 0; }, [](double x) { return x > 0 ? 1.0 : 0; }};
       }},
      {"leaky_relu", "LeakyReLU", "negative_slope", 0.01,
       [](double slope) -> Functions {
         return {[=](double x) { return x > 0 ? x : slope * x; },
                 [=](double x) { return x > 0 ? 1 : slope; }};
       }},
      {"elu", "ELU", "alpha", 1, [](double alpha) { return elu(alpha); }},
      {"selu", "SELU", "", 0,
       [](double) {
         return elu(1.6732632423543772848170429916717, 1.0507009873554804934193349852946);
       }},
      {"gelu", "GELU", "", 0,
       [](double) -> Functions {
         return {[](double x) { return x * normal_cdf(x); },
                 [](double x) { return normal_cdf(x) + x * normal_density(x); }};
       }},
      {"gelu_tanh", "", "", 0, [](double) { return gelu_tanh(); }},
      {"silu", "SiLU", "", 0,
       [](double) -> Functions {
         return {[](double x) { return x * logistic(x); },
                 [](double x) { return logistic(x) * (1 + x * logistic(-x)); }};
       }},
      {"tanh", "Tanh", "", 0,
       [](double) -> Functions {
         return {[](double x) { return std::tanh(x); },
                 [](double x) { return 1 - std::tanh(x) * std::tanh(x); }};
       }},
      {"sigmoid", "Sigmoid", "", 0,
       [](double) -> Functions {
         return {logistic, [](double x) { return logistic(x) * logistic(-x); }};
       }},
      {"softplus", "Softplus", "beta", 1,
       [](double beta) -> Functions {
         return {[=](double x) {
                   return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(beta * x))) / beta;
                 },
                 [=](double x) { return logistic(beta * x); }};
       }},
      {"softsign", "Softsign", "", 0,
       [](double) -> Functions {
         return {[](double x) { return x / (1 + std::abs(x)); },
                 [](double x) { return 1 / ((1 + std::abs(x)) * (1 + std::abs(x))); }};
       }},
      {"mish", "Mish", "", 0,  // x tanh(softplus x), Misra 2019
       [](double) -> Functions {
         const auto bend = [](double x) {
           return std::tanh(std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))));
         };
         return {[=](double x) { return x * bend(x); },
                 [=](double x) { return bend(x) + x * (1 - bend(x) * bend(x)) * logistic(x); }};
       }},
      {"hardtanh",
       "Hardtanh",
       "",
       0,
       [](double) -> Functions {
         return {[](double x) { return std::clamp(x, -1.0, 1.0); },
                 [](double x) { return std::abs(x) < 1 ? 1.0 : 0; }};
       },
       {-1, 1}},
  };
  return rows;
}

PointwiseActivation made(const Row& row, double argument) {
  Functions functions = row.make(argument);
  return {
      row.argument.empty() ? row.name : fmt::format("{}:{}={}", row.name, row.argument, argument),
      std::move(functions.first), std::move(functions.second), row.kinks};
}

const Row* find(const std::string& name) {
  const auto named = [&name](const Row& row) { return row.name == name || row.layer == name; };
  const auto row = std::ranges::find_if(table(), named);
  return row == table().end() ? nullptr : &*row;
}

}  // namespace

std::vector<std::string> activation_names() {
  std::vector<std::string> names;
  for (const Row& row : table()) names.push_back(row.name);
  return names;
}

PointwiseActivation activation(const std::string& text) {
  const NamedOptions options(text);
  const Row* row = find(options.name() == "none" ? "linear" : options.name());  // models say none
  if (!row)
    throw UsageError(fmt::format("unknown activation \"{}\"; expected one of {}", options.name(),
                                 join(activation_names(), ", ")));
  options.allow(row->argument.empty() ? std::vector<std::string>{} : std::vector{row->argument});
  return made(*row, options.number(row->argument, row->fallback));
}

namespace {

double number(const Value& value) {
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return static_cast<double>(*whole);
  return std::get<double>(value);
}

}  // namespace

std::optional<PointwiseActivation> activation_of(const Module& layer) {
  const std::vector<Value> arguments = layer.arguments();
  if (layer.type() == "PReLU") {  // a leaky ReLU while all its slopes are the same
    const Array slopes = layer.named_parameters(false).at(0).second.value();
    const double slope = slopes.data()[0];
    if (!std::all_of(slopes.begin(), slopes.end(), [=](Real s) { return s == slope; })) return {};
    return made(*find("leaky_relu"), slope);
  }
  if (layer.type() == "GeneralReLU") {
    PointwiseActivation phi = made(*find("leaky_relu"), number(arguments.at(0)));
    const double sub = number(arguments.at(1));
    phi.name += fmt::format(" - {}", sub);
    phi.value = [value = phi.value, sub](double x) { return value(x) - sub; };
    return phi;
  }
  if (layer.type() == "GELU" && arguments.at(0) == Value(std::string("tanh")))
    return activation("gelu_tanh");
  const auto row = std::ranges::find(table(), layer.type(), &Row::layer);
  if (row == table().end()) return {};
  return made(*row, row->argument.empty() ? row->fallback : number(arguments.at(0)));
}

}  // namespace fanin::init
