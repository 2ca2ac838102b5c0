#include "init/function_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "framework/core/error.hpp"
#include "framework/core/join.hpp"
#include "init/beyond.hpp"
#include "init/deprecated.hpp"
#include "init/did_you_mean.hpp"
#include "init/init.hpp"
#include "init/mean_field.hpp"

namespace fanin {
namespace {

using O = NamedOptions;
using T = Tensor;
using G = Generator;

constexpr std::size_t most_groups = std::size_t{1} << 31;

InitCall constant(double value) {
  return {[=](const T& t, G&) { init::constant_(t, value); }, [](const Shape&) { return 0.0; }};
}

template <auto fill>
InitCall xavier(const O& o) {
  const double gain = o.number("gain", 1);
  return {[=](const T& t, G& g) { fill(t, gain, g); },
          [=](const Shape& shape) { return init::xavier_std(shape, gain); }};
}

template <auto fill>
InitCall kaiming(const O& o) {
  const double a = o.number("a", 0);
  const std::string mode = o.text("mode", "fan_in"), phi = o.text("nonlinearity", "leaky_relu");
  init::kaiming_std({1, 1}, a, mode, phi);  // refuses an unknown word before there is a tensor
  return {[=](const T& t, G& g) { fill(t, a, mode, phi, g); },
          [=](const Shape& shape) { return init::kaiming_std(shape, a, mode, phi); }};
}

// Johnson, Kotz & Balakrishnan 1994, 13.10.1: with density phi and mass Z between alpha and beta,
// Var / std^2 = 1 - (beta phi(beta) - alpha phi(alpha)) / Z - ((phi(beta) - phi(alpha)) / Z)^2.
double cut_normal_std(double mean, double std, double a, double b) {
  const double alpha = (a - mean) / std, beta = (b - mean) / std;
  const auto density = [](double x) {
    return std::exp(-x * x / 2) * std::numbers::inv_sqrtpi / std::numbers::sqrt2;
  };
  const auto tail = [](double x) { return std::erfc(x / std::numbers::sqrt2) / 2; };
  const double mass = tail(alpha) - tail(beta);
  const double slope = (density(beta) - density(alpha)) / mass;
  const double bend = (beta * density(beta) - alpha * density(alpha)) / mass;
  return std * std::sqrt(1 - bend - slope * slope);
}

template <auto fill>
InitCall cut_normal(const O& o) {
  const double mean = o.number("mean", 0), std = o.number("std", 1);
  const double a = o.number("a", -2), b = o.number("b", 2);
  return {[=](const T& t, G& g) { fill(t, mean, std, a, b, g); },
          [=](const Shape&) { return cut_normal_std(mean, std, a, b); }};
}

// A function that makes no draws: the spread is what it leaves.
InitCall structured(const std::function<void(const Tensor&)>& fill) {
  const auto spread = [=](const Shape& shape) {
    const T t{Array(shape)};
    fill(t);
    const auto n = static_cast<double>(t.size());
    double mean = 0, square = 0;
    for (Real x : t.value()) mean += x / n;
    for (Real x : t.value()) square += (x - mean) * (x - mean) / n;
    return std::sqrt(square);
  };
  return {[=](const T& t, G&) { fill(t); }, spread, false};
}

InitCall mean_field(double sigma_w, double sigma_b) {
  init::mean_field_std({1, 1}, sigma_w, sigma_b);  // refuses negative ones before there is a tensor
  return {[=](const T& t, G& g) { init::mean_field_normal_(t, sigma_w, sigma_b, g); },
          [=](const Shape& shape) { return init::mean_field_std(shape, sigma_w, sigma_b); }};
}

// The spread of a tensor in which `ones` numbers are 1 and the others 0.
double spread_of_ones(std::size_t ones, const Shape& shape) {
  const double share = static_cast<double>(ones) / static_cast<double>(shape.numel());
  return std::sqrt(share * (1 - share));
}

// Orthonormal rows or columns of a matrix: the longer side's length decides.
double orthogonal_std(std::size_t rows, std::size_t columns, double gain) {
  return gain / std::sqrt(static_cast<double>(std::max(rows, columns)));
}

}  // namespace

const std::vector<InitFunction>& init_function_table() {
  static const std::vector<InitFunction> table{
      {"uniform_",
       "U[a, b): a=0, b=1",
       {"a", "b"},
       [](const O& o) -> InitCall {
         const double a = o.number("a", 0), b = o.number("b", 1);
         return {[=](const T& t, G& g) { init::uniform_(t, a, b, g); },
                 [=](const Shape&) { return (b - a) / std::sqrt(12.0); }};
       }},
      {"normal_",
       "N(mean, std^2): mean=0, std=1",
       {"mean", "std"},
       [](const O& o) -> InitCall {
         const double mean = o.number("mean", 0), std = o.number("std", 1);
         return {[=](const T& t, G& g) { init::normal_(t, mean, std, g); },
                 [=](const Shape&) { return std; }};
       }},
      {"trunc_normal_",
       "N(mean, std^2) within [a, b], as PyTorch up to 2.11: 0, 1, -2, 2",
       {"mean", "std", "a", "b"},
       cut_normal<init::trunc_normal_>},
      {"trunc_normal_exact_",
       "the same distribution, exact in its tails",
       {"mean", "std", "a", "b"},
       cut_normal<init::trunc_normal_exact_>},
      {"constant_", "val", {"val"}, [](const O& o) { return constant(o.required("val")); }},
      {"ones_", "1", {}, [](const O&) { return constant(1); }},
      {"zeros_", "0", {}, [](const O&) { return constant(0); }},
      {"eye_",
       "ones on a matrix's diagonal",
       {},
       [](const O&) { return structured([](const T& t) { init::eye_(t); }); }},
      {"identity_",
       "the same times gain=1: IRNN's recurrent weights",
       {"gain"},
       [](const O& o) {
         const double gain = o.number("gain", 1);
         return structured([=](const T& t) { init::identity_(t, gain); });
       }},
      {"dirac_",
       "a convolution that hands its channels on: groups=1",
       {"groups"},
       [](const O& o) {
         const std::size_t groups = o.count("groups", 1, 1, most_groups);
         return structured([=](const T& t) { init::dirac_(t, groups); });
       }},
      {"hadamard_identity_",
       "ZerO: identity where it narrows, Hadamard where it widens, no draws",
       {},
       [](const O&) { return structured([](const T& t) { init::hadamard_identity_(t); }); }},
      {"xavier_uniform_",
       "variance gain^2 2 / (fan_in + fan_out): gain=1",
       {"gain"},
       xavier<init::xavier_uniform_>},
      {"xavier_normal_", "the same, normal", {"gain"}, xavier<init::xavier_normal_>},
      {"kaiming_uniform_",
       "variance gain^2 / fan: a=0, mode=fan_in, nonlinearity=leaky_relu",
       {"a", "mode", "nonlinearity"},
       kaiming<init::kaiming_uniform_>},
      {"kaiming_normal_",
       "the same, normal",
       {"a", "mode", "nonlinearity"},
       kaiming<init::kaiming_normal_>},
      {"analytic_normal_",
       "variance gain^2 / fan, gain by integration: act=relu, mode=fan_in",
       {"act", "mode"},
       [](const O& o) -> InitCall {
         const auto phi = init::activation(o.text("act", "relu"));
         const std::string mode = o.word("mode", "fan_in", {"fan_in", "fan_out"});
         init::analytic_std({1, 1}, phi, mode);  // refuses one without a gain
         return {[=](const T& t, G& g) { init::analytic_normal_(t, phi, mode, g); },
                 [=](const Shape& shape) { return init::analytic_std(shape, phi, mode); }};
       }},
      {"mean_field_normal_",
       "variance sigma_w^2 / fan_in, a bias's sigma_b^2: sigma_w=1, sigma_b=0",
       {"sigma_w", "sigma_b"},
       [](const O& o) { return mean_field(o.number("sigma_w", 1), o.number("sigma_b", 0)); }},
      {"critical_normal_",
       "the same at the critical point of act=tanh with variance q=1",
       {"act", "q"},
       [](const O& o) {
         const auto net = init::critical(init::activation(o.text("act", "tanh")), o.number("q", 1));
         return mean_field(net.sigma_w, net.sigma_b);
       }},
      {"lecun_trunc_normal_",
       "variance 1 / fan_in, normal, cut at 2 std: Flax's lecun_normal",
       {},
       [](const O&) -> InitCall {
         return {[](const T& t, G& g) { init::lecun_trunc_normal_(t, g); },
                 [](const Shape& s) { return init::kaiming_std(s, 0, "fan_in", "linear"); }};
       }},
      {"orthogonal_",
       "orthonormal rows or columns, times gain=1",
       {"gain"},
       [](const O& o) -> InitCall {
         const double gain = o.number("gain", 1);
         return {[=](const T& t, G& g) { init::orthogonal_(t, gain, g); },
                 [=](const Shape& s) { return orthogonal_std(s[0], s.numel() / s[0], gain); }};
       }},
      {"delta_orthogonal_",
       "a convolution orthogonal at its kernel's centre, 0 elsewhere: gain=1",
       {"gain"},
       [](const O& o) -> InitCall {
         const double gain = o.number("gain", 1);
         return {[=](const T& t, G& g) { init::delta_orthogonal_(t, gain, g); },
                 [=](const Shape& s) { return orthogonal_std(s.numel() / s[1], 0, gain); }};
       }},
      {"orthogonal_gates_",
       "recurrent weights [gates H, H], each gate's block orthogonal: gain=1",
       {"gain"},
       [](const O& o) -> InitCall {
         const double gain = o.number("gain", 1);
         return {[=](const T& t, G& g) { init::orthogonal_gates_(t, gain, g); },
                 [=](const Shape& s) { return orthogonal_std(s[1], s[1], gain); }};
       }},
      {"sparse_",
       "N(0, std^2) with that share of each column zero: sparsity, std=0.01",
       {"sparsity", "std"},
       [](const O& o) -> InitCall {
         const double sparsity = o.required("sparsity"), std = o.number("std", 0.01);
         return {[=](const T& t, G& g) { init::sparse_(t, sparsity, std, g); },
                 [=](const Shape&) { return std * std::sqrt(std::clamp(1 - sparsity, 0., 1.)); }};
       }},
      {"forget_gate_bias_",
       "an LSTM's bias: val=1 for the forget gate, 0 elsewhere",
       {"val"},
       [](const O& o) -> InitCall {
         const double val = o.number("val", 1);
         return {[=](const T& t, G&) { init::forget_gate_bias_(t, val); },
                 [=](const Shape& s) { return std::abs(val) * spread_of_ones(s[0] / 4, s); }};
       }},
  };
  return table;
}

namespace {

// Those of deprecated.hpp: the functions that PyTorch 0.4 gave their underscore.
constexpr const char* renamed_functions[] = {
    "uniform",       "normal",          "constant",       "eye",        "dirac", "xavier_uniform",
    "xavier_normal", "kaiming_uniform", "kaiming_normal", "orthogonal", "sparse"};

}  // namespace

InitCall parse_init_call(const std::string& text) {
  const NamedOptions options(text);
  if (std::ranges::find(renamed_functions, options.name()) != std::end(renamed_functions)) {
    init::renamed(options.name());
    return parse_init_call(options.name() + "_" + text.substr(options.name().size()));
  }
  std::vector<std::string> names;
  for (const InitFunction& function : init_function_table()) {
    names.push_back(function.name);
    if (function.name != options.name()) continue;
    options.allow(function.arguments);
    try {
      return function.bind(options);
    } catch (const Error& error) {  // an argument that the function itself refuses
      throw UsageError(error.what());
    }
  }
  throw UsageError(fmt::format("unknown init function \"{}\"; expected one of {}{}", options.name(),
                               join(names, ", "), did_you_mean(options.name(), names)));
}

}  // namespace fanin
