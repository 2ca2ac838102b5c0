#include "init/function_table.hpp"

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
using Numbers = std::vector<double>;  // the values of a function's arguments

// A function whose arguments are all numbers; one without a fallback must be given.
InitFunction row(std::string name, std::string summary,
                 const std::vector<std::pair<std::string, std::optional<double>>>& arguments,
                 const std::function<InitCall(const Numbers&)>& bind) {
  std::vector<std::string> names;
  for (const auto& [key, fallback] : arguments) names.push_back(key);
  return {std::move(name), std::move(summary), names, [=](const O& options) {
            Numbers numbers;
            for (const auto& [key, fallback] : arguments)
              numbers.push_back(fallback ? options.number(key, *fallback) : options.required(key));
            return bind(numbers);
          }};
}

InitCall constant(double value) {
  return {[=](const T& t, G&) { init::constant_(t, value); }, [](const Shape&) { return 0.0; }};
}

template <auto fill>
InitCall xavier(const Numbers& n) {
  return {[gain = n[0]](const T& t, G& g) { fill(t, gain, g); },
          [gain = n[0]](const Shape& shape) { return init::xavier_std(shape, gain); }};
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
InitCall cut_normal(const Numbers& n) {
  return {[=](const T& t, G& g) { fill(t, n[0], n[1], n[2], n[3], g); },
          [=](const Shape&) { return cut_normal_std(n[0], n[1], n[2], n[3]); }};
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

// Orthonormal rows or columns of a matrix, times gain: the longer side's length decides.
template <auto fill>
std::function<InitCall(const Numbers&)> orthonormal(std::size_t (*longer)(const Shape&)) {
  return [=](const Numbers& n) -> InitCall {
    return {[gain = n[0]](const T& t, G& g) { fill(t, gain, g); },
            [=](const Shape& s) { return n[0] / std::sqrt(static_cast<double>(longer(s))); }};
  };
}

// The spread of a tensor in which `ones` numbers are 1 and the others 0.
double spread_of_ones(std::size_t ones, const Shape& shape) {
  const double share = static_cast<double>(ones) / static_cast<double>(shape.numel());
  return std::sqrt(share * (1 - share));
}

InitCall analytic(const O& o) {
  const auto phi = init::activation(o.text("act", "relu"));
  const std::string mode = o.word("mode", "fan_in", {"fan_in", "fan_out"});
  init::analytic_std({1, 1}, phi, mode);  // refuses one without a gain
  return {[=](const T& t, G& g) { init::analytic_normal_(t, phi, mode, g); },
          [=](const Shape& shape) { return init::analytic_std(shape, phi, mode); }};
}

InitCall dirac(const O& o) {
  const std::size_t groups = o.count("groups", 1, 1, std::size_t{1} << 31);
  return structured([=](const T& t) { init::dirac_(t, groups); });
}

}  // namespace

const std::vector<InitFunction>& init_function_table() {
  using N = Numbers;
  static const std::vector<InitFunction> table{
      row("uniform_", "U[a, b): a=0, b=1", {{"a", 0}, {"b", 1}},
          [](const N& n) -> InitCall {
            return {[=](const T& t, G& g) { init::uniform_(t, n[0], n[1], g); },
                    [=](const Shape&) { return (n[1] - n[0]) / std::sqrt(12.0); }};
          }),
      row("normal_", "N(mean, std^2): mean=0, std=1", {{"mean", 0}, {"std", 1}},
          [](const N& n) -> InitCall {
            return {[=](const T& t, G& g) { init::normal_(t, n[0], n[1], g); },
                    [=](const Shape&) { return n[1]; }};
          }),
      row("trunc_normal_", "N(mean, std^2) within [a, b], as PyTorch up to 2.11: 0, 1, -2, 2",
          {{"mean", 0}, {"std", 1}, {"a", -2}, {"b", 2}}, cut_normal<init::trunc_normal_>),
      row("trunc_normal_exact_", "the same distribution, exact in its tails",
          {{"mean", 0}, {"std", 1}, {"a", -2}, {"b", 2}}, cut_normal<init::trunc_normal_exact_>),
      row("constant_", "val", {{"val", std::nullopt}}, [](const N& n) { return constant(n[0]); }),
      row("ones_", "1", {}, [](const N&) { return constant(1); }),
      row("zeros_", "0", {}, [](const N&) { return constant(0); }),
      row("eye_", "ones on a matrix's diagonal", {},
          [](const N&) { return structured([](const T& t) { init::eye_(t); }); }),
      row("identity_", "the same times gain=1: IRNN's recurrent weights", {{"gain", 1}},
          [](const N& n) { return structured([=](const T& t) { init::identity_(t, n[0]); }); }),
      {"dirac_", "a convolution that hands its channels on: groups=1", {"groups"}, dirac},
      row("hadamard_identity_",
          "ZerO: identity where it narrows, Hadamard where it widens, no draws", {},
          [](const N&) { return structured([](const T& t) { init::hadamard_identity_(t); }); }),
      row("xavier_uniform_", "variance gain^2 2 / (fan_in + fan_out): gain=1", {{"gain", 1}},
          xavier<init::xavier_uniform_>),
      row("xavier_normal_", "the same, normal", {{"gain", 1}}, xavier<init::xavier_normal_>),
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
       analytic},
      row("mean_field_normal_",
          "variance sigma_w^2 / fan_in, a bias's sigma_b^2: sigma_w=1, sigma_b=0",
          {{"sigma_w", 1}, {"sigma_b", 0}}, [](const N& n) { return mean_field(n[0], n[1]); }),
      {"critical_normal_",
       "the same at the critical point of act=tanh with variance q=1",
       {"act", "q"},
       [](const O& o) {
         const auto net = init::critical(init::activation(o.text("act", "tanh")), o.number("q", 1));
         return mean_field(net.sigma_w, net.sigma_b);
       }},
      row("lecun_trunc_normal_", "variance 1 / fan_in, normal, cut at 2 std: Flax's lecun_normal",
          {},
          [](const N&) -> InitCall {
            return {[](const T& t, G& g) { init::lecun_trunc_normal_(t, g); },
                    [](const Shape& s) { return init::scaled_std(s, init::Fan::in); }};
          }),
      row("orthogonal_", "orthonormal rows or columns, times gain=1", {{"gain", 1}},
          orthonormal<init::orthogonal_>(
              [](const Shape& s) { return std::max(s[0], s.numel() / s[0]); })),
      row("delta_orthogonal_",
          "a convolution orthogonal at its kernel's centre, 0 elsewhere: gain=1", {{"gain", 1}},
          orthonormal<init::delta_orthogonal_>([](const Shape& s) { return s.numel() / s[1]; })),
      row("orthogonal_gates_",
          "recurrent weights [gates H, H], each gate's block orthogonal: gain=1", {{"gain", 1}},
          orthonormal<init::orthogonal_gates_>([](const Shape& s) { return s[1]; })),
      row("sparse_", "N(0, std^2) with that share of each column zero: sparsity, std=0.01",
          {{"sparsity", std::nullopt}, {"std", 0.01}},
          [](const N& n) -> InitCall {
            return {[=](const T& t, G& g) { init::sparse_(t, n[0], n[1], g); },
                    [=](const Shape&) { return n[1] * std::sqrt(std::clamp(1 - n[0], 0., 1.)); }};
          }),
      row("forget_gate_bias_", "an LSTM's bias: val=1 for the forget gate, 0 elsewhere",
          {{"val", 1}},
          [](const N& n) -> InitCall {
            return {[=](const T& t, G&) { init::forget_gate_bias_(t, n[0]); },
                    [=](const Shape& s) { return std::abs(n[0]) * spread_of_ones(s[0] / 4, s); }};
          }),
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
  throw UsageError("unknown init function \"{}\"; expected one of {}{}", options.name(),
                   join(names, ", "), did_you_mean(options.name(), names));
}

}  // namespace fanin
