#include "init/schemes.hpp"

#include <fmt/format.h>

#include "framework/core/error.hpp"
#include "init/init.hpp"

namespace fanin {

const std::vector<Scheme>& scheme_table() {
  static const std::vector<Scheme> table{
      {"default", "what PyTorch's constructors draw; for ReLU nets it is not Kaiming's", {}, {}},
      {"zero",
       "every weight 0: all units of a layer stay equal for ever",
       {},
       [](const Tensor& w, const NamedOptions&, Generator&) { init::zeros_(w); }},
      {"constant",
       "every weight val (0.1): symmetric, like zero",
       {"val"},
       [](const Tensor& w, const NamedOptions& o, Generator&) {
         init::constant_(w, o.number("val", 0.1));
       }},
      {"normal",
       "N(0, std^2), std 0.01 whatever the layer's size",
       {"std"},
       [](const Tensor& w, const NamedOptions& o, Generator& g) {
         init::normal_(w, 0, o.number("std", 0.01), g);
       }},
      {"xavier_uniform",
       "Glorot & Bengio 2010, uniform: variance 2 / (fan_in + fan_out)",
       {},
       [](const Tensor& w, const NamedOptions&, Generator& g) { init::xavier_uniform_(w, 1, g); }},
      {"xavier_normal",
       "Glorot & Bengio 2010, normal: variance 2 / (fan_in + fan_out)",
       {},
       [](const Tensor& w, const NamedOptions&, Generator& g) { init::xavier_normal_(w, 1, g); }},
      {"kaiming_uniform",
       "He et al. 2015 for ReLU, uniform: variance 2 / fan_in",
       {},
       [](const Tensor& w, const NamedOptions&, Generator& g) {
         init::kaiming_uniform_(w, 0, "fan_in", "relu", g);
       }},
      {"kaiming_normal",
       "He et al. 2015 for ReLU, normal: variance 2 / fan_in",
       {},
       [](const Tensor& w, const NamedOptions&, Generator& g) {
         init::kaiming_normal_(w, 0, "fan_in", "relu", g);
       }},
      {"lecun_normal",
       "LeCun et al. 1998, normal: variance 1 / fan_in, what SELU nets want",
       {},
       [](const Tensor& w, const NamedOptions&, Generator& g) {
         init::kaiming_normal_(w, 0, "fan_in", "linear", g);
       }},
      {"orthogonal",
       "Saxe et al. 2014: orthonormal rows or columns, times gain (1)",
       {"gain"},
       [](const Tensor& w, const NamedOptions& o, Generator& g) {
         init::orthogonal_(w, o.number("gain", 1), g);
       }},
  };
  return table;
}

namespace {

const Scheme& find_scheme(const NamedOptions& options) {
  std::vector<std::string> names;
  for (const Scheme& scheme : scheme_table()) {
    names.push_back(scheme.name);
    if (scheme.name != options.name()) continue;
    options.allow(scheme.options);
    for (const std::string& key : scheme.options) options.number(key, 0);
    if (scheme.name == "normal" && options.number("std", 0) < 0)
      throw UsageError("normal: std must not be negative");
    return scheme;
  }
  throw UsageError(fmt::format("unknown init \"{}\"; expected one of {}", options.name(),
                               fmt::join(names, ", ")));
}

}  // namespace

void check_scheme(const std::string& text) { find_scheme(NamedOptions(text)); }

void apply_scheme(Module& model, const std::string& text, Generator& generator) {
  const NamedOptions options(text);
  const Scheme& scheme = find_scheme(options);
  if (!scheme.fill) return;
  for (Module* module : model.modules()) {
    if (module->type() != "Linear" && !module->type().starts_with("Conv")) continue;
    scheme.fill(*module->parameter("weight"), options, generator);
    if (const Tensor* bias = module->parameter("bias")) init::zeros_(*bias);
  }
}

}  // namespace fanin
