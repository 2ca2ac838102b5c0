#include "init/function_table.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <tuple>
#include <type_traits>

#include "framework/core/error.hpp"
#include "framework/core/text.hpp"
#include "init/beyond.hpp"
#include "init/init.hpp"
#include "init/mean_field.hpp"

namespace fanin {
namespace {

// The values that a function with these parameters takes: all but its generator.
template <class... Parameters>
using Values = decltype(std::tuple_cat(
    std::declval<std::conditional_t<std::is_same_v<Parameters, Generator&>, std::tuple<>,
                                    std::tuple<std::decay_t<Parameters>>>>()...));

init::PointwiseActivation read_activation(const std::string& text,
                                          const init::PointwiseActivation* behind) {
  if (text != "auto") return init::activation(text);
  if (behind == nullptr)
    throw UsageError("act=auto needs a model; name the activation here, such as act=gelu");
  return *behind;
}

// stable_normal_'s argument as a table row has it: the search for the point takes 50 ms, and must
// not run for each tensor again.
struct StablePoint {
  double sigma_w, sigma_b;
};

Tensor fill_stable(Tensor tensor, StablePoint point, Generator& generator) {
  return init::mean_field_normal_(tensor, point.sigma_w, point.sigma_b, generator);
}

double stable_point_std(const Shape& shape, StablePoint point) {
  return init::mean_field_std(shape, point.sigma_w, point.sigma_b);
}

template <class Value>
void read(Value& value, const NamedOptions& options,
          const std::pair<std::string, std::string>& argument,
          const init::PointwiseActivation* behind) {
  const auto& [key, fallback] = argument;
  if constexpr (std::is_same_v<Value, double>)
    value = options.number(key, parse_number<double>(fallback));
  else if constexpr (std::is_same_v<Value, std::size_t>)
    value = options.count(key, 1, 1, std::size_t{1} << 31);
  else if constexpr (std::is_same_v<Value, init::PointwiseActivation>)
    value = read_activation(options.text(key, fallback), behind);
  else if constexpr (std::is_same_v<Value, StablePoint>) {
    const init::MeanField net = init::stable(read_activation(options.text(key, fallback), behind));
    value = {net.sigma_w, net.sigma_b};
  } else
    value = options.text(key, fallback);
}

// What a function that makes no draws leaves in a tensor of that shape.
double spread_left_by(const InitCall& call, const Shape& shape) {
  const Tensor t{Array(shape)};
  call.fill(t, default_generator());
  const auto n = static_cast<double>(t.size());
  double mean = 0, square = 0;
  for (Real x : t.value()) mean += x / n;
  for (Real x : t.value()) square += (x - mean) * (x - mean) / n;
  return std::sqrt(square);
}

// A function's row. `text` names it and gives its arguments' fallbacks; ? must be given. `spread`
// is the standard deviation by shape and arguments; without it the function makes no draws.
template <class... Parameters, class Spread = std::nullptr_t>
InitFunction row(const std::string& text, const char* summary,
                 Tensor (*fill)(Tensor, Parameters...), Spread spread = nullptr) {
  const NamedOptions fallbacks(text);
  std::vector<std::string> names;
  for (const auto& [key, fallback] : fallbacks.all()) names.push_back(key);
  return {fallbacks.name(), summary, names,
          [=](const NamedOptions& options, const init::PointwiseActivation* behind) {
            Values<Parameters...> values;
            [[maybe_unused]] auto argument = fallbacks.all().begin();
            std::apply([&](auto&... value) { (read(value, options, *argument++, behind), ...); },
                       values);
            InitCall call;
            call.fill = [=](const Tensor& t, Generator& g) {
              const auto run = [&](const auto&... value) {
                if constexpr (std::is_invocable_v<decltype(fill), Tensor, decltype(value)...,
                                                  Generator&>)
                  fill(t, value..., g);
                else
                  fill(t, value...);
              };
              std::apply(run, values);
            };
            if constexpr (std::is_null_pointer_v<Spread>) {
              call.random = false;
              call.expected_std = [call](const Shape& shape) {
                return spread_left_by(call, shape);
              };
            } else {
              call.expected_std = [=](const Shape& shape) {
                return std::apply(spread, std::tuple_cat(std::tie(shape), values));
              };
              call.expected_std({1, 1});  // refuses what the function would refuse
            }
            return call;
          }};
}

// Johnson, Kotz & Balakrishnan 1994, 13.10.1: with density phi and mass Z between alpha and beta,
// Var / std^2 = 1 - (beta phi(beta) - alpha phi(alpha)) / Z - ((phi(beta) - phi(alpha)) / Z)^2.
double cut_normal_std(const Shape&, double mean, double std, double a, double b) {
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

double critical_std(const Shape& shape, const init::PointwiseActivation& phi, double q) {
  const init::MeanField net = init::critical(phi, q);
  return init::mean_field_std(shape, net.sigma_w, net.sigma_b);
}

// Of orthonormal rows or columns of this length, times the gain.
double orthonormal_std(std::size_t length, double gain) {
  return gain / std::sqrt(static_cast<double>(length));
}

// Of a bias whose forget gate, a quarter, is val and the rest 0.
double forget_gate_std(const Shape& shape, double val) {
  const double share = static_cast<double>(shape[0] / 4) / static_cast<double>(shape.numel());
  return std::abs(val) * std::sqrt(share * (1 - share));
}

// The functions that PyTorch 0.4 gave their underscore.
constexpr const char* renamed_functions[] = {
    "uniform",       "normal",          "constant",       "eye",        "dirac", "xavier_uniform",
    "xavier_normal", "kaiming_uniform", "kaiming_normal", "orthogonal", "sparse"};

}  // namespace

const std::vector<InitFunction>& init_function_table() {
  using namespace init;
  using S = Shape;
  const auto none = [](const S&, auto...) { return 0.0; };
  static const std::vector<InitFunction> table{
      row("uniform_:a=0,b=1", "U[a, b): a=0, b=1", uniform_,
          [](const S&, double a, double b) { return (b - a) / std::sqrt(12.0); }),
      row("normal_:mean=0,std=1", "N(mean, std^2): mean=0, std=1", normal_,
          [](const S&, double, double std) { return std; }),
      row("trunc_normal_:mean=0,std=1,a=-2,b=2",
          "N(mean, std^2) within [a, b], by rejection: mean=0, std=1, a=-2, b=2", trunc_normal_,
          cut_normal_std),
      row("trunc_normal_erfinv_:mean=0,std=1,a=-2,b=2",
          "the same distribution with the draws of PyTorch up to 2.11, coarse in its tails",
          trunc_normal_erfinv_, cut_normal_std),
      row("constant_:val=?", "val, which you must give: constant_:val=0.1", constant_, none),
      row("ones_", "1", ones_, none),
      row("zeros_", "0", zeros_, none),
      row("eye_", "ones on a matrix's diagonal", eye_),
      row("identity_:gain=1", "the identity times gain=1: IRNN's recurrent weights", identity_),
      row("dirac_:groups=1", "a convolution that passes its channels through: groups=1", dirac_),
      row("hadamard_identity_",
          "ZerO: identity if a layer narrows, Hadamard matrix if it widens; nothing random",
          hadamard_identity_),
      row("xavier_uniform_:gain=1", "variance 2 gain^2 / (fan_in + fan_out): gain=1",
          xavier_uniform_, xavier_std),
      row("xavier_normal_:gain=1", "the same, normal", xavier_normal_, xavier_std),
      row("kaiming_uniform_:a=0,mode=fan_in,nonlinearity=leaky_relu",
          "variance gain^2 / fan: a=0, mode=fan_in, nonlinearity=leaky_relu", kaiming_uniform_,
          kaiming_std),
      row("kaiming_normal_:a=0,mode=fan_in,nonlinearity=leaky_relu", "the same, normal",
          kaiming_normal_, kaiming_std),
      row("analytic_normal_:act=relu,mode=fan_in",
          "variance gain^2 / fan, with act's gain by numerical integration: act=relu, mode=fan_in",
          analytic_normal_, analytic_std),
      row("mean_field_normal_:sigma_w=1,sigma_b=0",
          "variance sigma_w^2 / fan_in for weights, sigma_b^2 for biases: sigma_w=1, sigma_b=0",
          mean_field_normal_, mean_field_std),
      row("critical_normal_:act=tanh,q=1",
          "the same, with the sigmas that are critical for act at variance q: act=tanh, q=1",
          critical_normal_, critical_std),
      row("stable_normal_:act=gelu",
          "the same, at the smallest q that keeps errors in q from growing: act=gelu", fill_stable,
          stable_point_std),
      row("lecun_trunc_normal_",
          "variance 1 / fan_in, normal, truncated at 2 std: Flax's lecun_normal",
          lecun_trunc_normal_, [](const S& s) { return scaled_std(s, Fan::in); }),
      row("orthogonal_:gain=1", "orthonormal rows or columns, times gain=1", orthogonal_,
          [](const S& s, double gain) {
            return orthonormal_std(std::max(s[0], s.numel() / s[0]), gain);
          }),
      row("delta_orthogonal_:gain=1",
          "an orthogonal matrix at a convolution kernel's centre, 0 elsewhere: gain=1",
          delta_orthogonal_,
          [](const S& s, double gain) { return orthonormal_std(s.numel() / s[1], gain); }),
      row("orthogonal_gates_:gain=1",
          "recurrent weights of shape [gates * H, H]; each gate's H x H block is orthogonal: "
          "gain=1",
          orthogonal_gates_, [](const S& s, double gain) { return orthonormal_std(s[1], gain); }),
      row("sparse_:sparsity=?,std=0.01",
          "N(0, std^2), then a share of each column set to 0: sparsity (the share), std=0.01",
          sparse_,
          [](const S&, double sparsity, double std) {
            return std * std::sqrt(std::clamp(1 - sparsity, 0., 1.));
          }),
      row("forget_gate_bias_:val=1", "an LSTM's bias: val=1 for the forget gate, 0 elsewhere",
          forget_gate_bias_, forget_gate_std),
  };
  return table;
}

InitCall parse_init_call(const std::string& text, const init::PointwiseActivation* behind) {
  const NamedOptions options(text);
  if (std::ranges::find(renamed_functions, options.name()) != std::end(renamed_functions)) {
    init::renamed(options.name());
    return parse_init_call(options.name() + "_" + text.substr(options.name().size()), behind);
  }
  if (options.name() == "trunc_normal_exact_")
    throw UsageError(
        "trunc_normal_exact_ is gone, as trunc_normal_ is exact since PyTorch 2.12; write "
        "trunc_normal_, whose draws differ");
  std::vector<std::string> names;
  for (const InitFunction& function : init_function_table()) {
    names.push_back(function.name);
    if (function.name != options.name()) continue;
    options.allow(function.arguments);
    try {
      return function.bind(options, behind);
    } catch (const Error& error) {  // an argument that the function itself refuses
      throw UsageError(error.what());
    }
  }
  throw UsageError("unknown init function \"{}\"; expected one of {}{}", options.name(),
                   join(names, ", "), did_you_mean(options.name(), names));
}

}  // namespace fanin
