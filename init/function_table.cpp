#include "init/function_table.hpp"

#include <fmt/format.h>

#include "framework/core/error.hpp"
#include "init/init.hpp"

namespace fanin {
namespace {

using O = NamedOptions;
using T = Tensor;
using G = Generator;

constexpr std::size_t most_groups = std::size_t{1} << 31;

}  // namespace

const std::vector<InitFunction>& init_function_table() {
  static const std::vector<InitFunction> table{
      {"uniform_",
       "U[a, b): a=0, b=1",
       {"a", "b"},
       [](const T& t, const O& o, G& g) {
         init::uniform_(t, o.number("a", 0), o.number("b", 1), g);
       }},
      {"normal_",
       "N(mean, std^2): mean=0, std=1",
       {"mean", "std"},
       [](const T& t, const O& o, G& g) {
         init::normal_(t, o.number("mean", 0), o.number("std", 1), g);
       }},
      {"trunc_normal_",
       "N(mean, std^2) within [a, b], as PyTorch up to 2.11: 0, 1, -2, 2",
       {"mean", "std", "a", "b"},
       [](const T& t, const O& o, G& g) {
         init::trunc_normal_(t, o.number("mean", 0), o.number("std", 1), o.number("a", -2),
                             o.number("b", 2), g);
       }},
      {"trunc_normal_exact_",
       "the same distribution, exact in its tails",
       {"mean", "std", "a", "b"},
       [](const T& t, const O& o, G& g) {
         init::trunc_normal_exact_(t, o.number("mean", 0), o.number("std", 1), o.number("a", -2),
                                   o.number("b", 2), g);
       }},
      {"constant_",
       "val",
       {"val"},
       [](const T& t, const O& o, G&) { init::constant_(t, o.required("val")); }},
      {"ones_", "1", {}, [](const T& t, const O&, G&) { init::ones_(t); }},
      {"zeros_", "0", {}, [](const T& t, const O&, G&) { init::zeros_(t); }},
      {"eye_", "ones on a matrix's diagonal", {}, [](const T& t, const O&, G&) { init::eye_(t); }},
      {"dirac_",
       "a convolution that hands its channels on: groups=1",
       {"groups"},
       [](const T& t, const O& o, G&) { init::dirac_(t, o.count("groups", 1, 1, most_groups)); }},
      {"xavier_uniform_",
       "variance gain^2 2 / (fan_in + fan_out): gain=1",
       {"gain"},
       [](const T& t, const O& o, G& g) { init::xavier_uniform_(t, o.number("gain", 1), g); }},
      {"xavier_normal_",
       "the same, normal",
       {"gain"},
       [](const T& t, const O& o, G& g) { init::xavier_normal_(t, o.number("gain", 1), g); }},
      {"kaiming_uniform_",
       "variance gain^2 / fan: a=0, mode=fan_in, nonlinearity=leaky_relu",
       {"a", "mode", "nonlinearity"},
       [](const T& t, const O& o, G& g) {
         init::kaiming_uniform_(t, o.number("a", 0), o.text("mode", "fan_in"),
                                o.text("nonlinearity", "leaky_relu"), g);
       }},
      {"kaiming_normal_",
       "the same, normal",
       {"a", "mode", "nonlinearity"},
       [](const T& t, const O& o, G& g) {
         init::kaiming_normal_(t, o.number("a", 0), o.text("mode", "fan_in"),
                               o.text("nonlinearity", "leaky_relu"), g);
       }},
      {"orthogonal_",
       "orthonormal rows or columns, times gain=1",
       {"gain"},
       [](const T& t, const O& o, G& g) { init::orthogonal_(t, o.number("gain", 1), g); }},
      {"sparse_",
       "N(0, std^2) with that share of each column zero: sparsity, std=0.01",
       {"sparsity", "std"},
       [](const T& t, const O& o, G& g) {
         init::sparse_(t, o.required("sparsity"), o.number("std", 0.01), g);
       }},
  };
  return table;
}

void call_init_function(const std::string& call, const Tensor& tensor, Generator& generator) {
  const NamedOptions options(call);
  std::vector<std::string> names;
  for (const InitFunction& function : init_function_table()) {
    names.push_back(function.name);
    if (function.name != options.name()) continue;
    options.allow(function.arguments);
    return function.fill(tensor, options, generator);
  }
  throw UsageError(fmt::format("unknown init function \"{}\"; expected one of {}", options.name(),
                               fmt::join(names, ", ")));
}

}  // namespace fanin
