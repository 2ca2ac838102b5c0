#include "init/schemes.hpp"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <optional>

#include "framework/core/error.hpp"
#include "framework/core/join.hpp"
#include "framework/nn/layer_table.hpp"
#include "init/did_you_mean.hpp"
#include "init/function_table.hpp"
#include "init/init.hpp"
#include "init/lsuv.hpp"
#include "init/named_options.hpp"

namespace fanin {
namespace {

using Rules = std::vector<Rule>;

// A scheme's text, read: all its rules, of which those from `own` on were written by the user.
struct Recipe {
  struct Lsuv {
    double tol;
    std::size_t tries;
  };
  Rules rules;
  std::size_t own = 0;
  std::optional<Lsuv> lsuv = {};
};

std::string trimmed(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(" \t\n");
  return begin == std::string::npos
             ? ""
             : text.substr(begin, text.find_last_not_of(" \t\n") + 1 - begin);
}

Recipe read_named(const std::string& text) {
  const NamedOptions options(text);
  std::vector<std::string> names;
  for (const Scheme& scheme : scheme_table()) {
    names.push_back(scheme.name);
    if (scheme.name != options.name()) continue;
    std::vector<std::string> keys;
    for (const auto& [key, fallback] : scheme.options) keys.push_back(key);
    options.allow(keys);
    Recipe recipe{scheme.rules, scheme.rules.size()};
    if (scheme.lsuv)
      recipe.lsuv = {options.number("tol", 0.1), options.count("tries", 10, 1, 1000)};
    if (recipe.lsuv && recipe.lsuv->tol <= 0)
      throw UsageError(fmt::format("{}: tol must be above 0", scheme.name));
    for (const auto& [key, fallback] : scheme.options) {
      const bool is_word = std::isalpha(static_cast<unsigned char>(fallback.front()));
      if (!is_word && options.number(key, 0) < 0 && key == "std")
        throw UsageError(fmt::format("{}: {} must not be negative", scheme.name, key));
      for (Rule& rule : recipe.rules)
        if (const std::size_t at = rule.call.find("{" + key + "}"); at != std::string::npos)
          rule.call.replace(at, key.size() + 2, options.text(key, fallback));
    }
    for (const Rule& rule : recipe.rules) parse_init_call(rule.call);  // it may refuse an option
    return recipe;
  }
  throw UsageError(
      fmt::format("unknown init \"{}\"; expected one of {}, or NAME{{PATTERN=CALL; "
                  "...}}{}",
                  options.name(), join(names, ", "), did_you_mean(options.name(), names)));
}

void check_label(const std::string& label) {
  const auto odd = [](unsigned char c) { return !std::isalnum(c) && c != '_' && c != '-'; };
  if (label.empty() || std::ranges::any_of(label, odd))
    throw UsageError(fmt::format(
        "\"{}\" cannot name an init: expected letters, digits, _ and - before the {{", label));
  for (const Scheme& scheme : scheme_table())
    if (scheme.name == label)
      throw UsageError(
          fmt::format("{} is a scheme already; rules of your own need another name "
                      "and may say base={}",
                      label, label));
}

Recipe read(const std::string& text) {
  const std::size_t open = text.find('{');
  if (open == std::string::npos) return read_named(text);
  check_label(text.substr(0, open));
  if (text.find('}') != text.size() - 1)
    throw UsageError(fmt::format("\"{}\": expected one }} at the end", text));
  Recipe recipe;
  Rules own;
  std::string base;
  for (std::size_t start = open + 1; start < text.size();) {
    const std::size_t end = std::min(text.find(';', start), text.size() - 1);
    const std::string part = trimmed(text.substr(start, end - start));
    start = end + 1;
    if (part.empty() && start >= text.size()) break;  // a last ; is no harm
    const std::size_t equals = part.find('=');
    const std::string key = trimmed(part.substr(0, equals));
    const std::string value = equals == std::string::npos ? "" : trimmed(part.substr(equals + 1));
    if (key.empty() || value.empty())
      throw UsageError(fmt::format(
          "{}: expected PATTERN=CALL, such as Linear.weight=normal_:std=0.01, got \"{}\"",
          scheme_label(text), part));
    if (key != "base") {
      parse_init_call(value);
      own.push_back({key, value});
    } else if (base.empty()) {
      base = value;
      recipe = read_named(base);
    } else {
      throw UsageError(fmt::format("{}: base is given twice", scheme_label(text)));
    }
  }
  recipe.rules.insert(recipe.rules.end(), own.begin(), own.end());
  if (recipe.rules.empty()) throw UsageError(fmt::format("\"{}\": no rule is given", text));
  return recipe;
}

// A parameter of a model, with what a recipe does to it.
struct Visit {
  std::string path;
  Module* layer;
  Tensor tensor;
  const Rule* rule;  // null: it keeps what its layer drew
  bool own;          // the rule is the user's
};

bool matches(const std::string& pattern, const std::string& name) {
  return fnmatch(pattern.c_str(), name.c_str(), FNM_NOESCAPE) == 0;
}

std::vector<Visit> visits(Module& model, const Recipe& recipe) {
  std::vector<Visit> result;
  std::vector<bool> used(recipe.rules.size(), false);
  for (const auto& [layer_path, layer] : model.named_modules())
    for (const auto& [name, tensor] : layer->named_parameters(false)) {
      const std::string path = layer_path.empty() ? name : layer_path + "." + name;
      Visit& visit = result.emplace_back(Visit{path, layer, tensor, nullptr, false});
      for (std::size_t i = 0; i < recipe.rules.size(); ++i) {
        const Rule& rule = recipe.rules[i];
        // A named scheme means types alone: a child that someone called "Linear" is none.
        if (!matches(rule.pattern, layer->type() + "." + name) &&
            !(i >= recipe.own && matches(rule.pattern, path)))
          continue;
        visit.rule = &rule;
        visit.own = i >= recipe.own;
        used[i] = true;
      }
    }
  constexpr std::size_t shown = 6;
  for (std::size_t i = recipe.own; i < recipe.rules.size(); ++i) {
    if (used[i]) continue;
    std::vector<std::string> names;
    for (const Visit& v : result)
      if (names.size() < shown) names.push_back(fmt::format("{} ({})", v.path, v.layer->type()));
    throw UsageError(fmt::format("pattern \"{}\" matches no parameter of the model; it has {}{}",
                                 recipe.rules[i].pattern, join(names, ", "),
                                 result.size() > shown ? ", ..." : ""));
  }
  return result;
}

// The std of what the constructors draw: U(-1/sqrt(fan), 1/sqrt(fan))
// for weights and biases alike, where a recurrent layer's fan is its hidden size; N(0, 1) for
// embeddings; constants for norms and slopes.
double default_std(const Module& layer) {
  if (layer.type() == "Embedding") return 1;
  if (is_norm(layer)) return 0;
  for (const auto& [name, tensor] : layer.named_parameters(false))
    if (name.starts_with("weight_hh") || (name == "weight" && tensor.shape().size() > 1))
      return 1 / std::sqrt(3.0 * static_cast<double>(init::calculate_fans(tensor.shape()).in));
  return 0;
}

// Gives a parameter what its layer's constructor draws, as if from a generator of its own.
void redraw(Visit& visit, Generator& generator) {
  const auto alike = make_alike(*visit.layer, generator);
  visit.tensor.copy_(alike->parameter(visit.path.substr(visit.path.rfind('.') + 1))->value());
}

// Whether LSUV is to scale it: a weight that the user's own rule filled stays as it is.
bool lsuv_scales(const Visit& visit) {
  return init::lsuv_scales(*visit.layer) && visit.tensor.shape().size() > 1 && !visit.own;
}

}  // namespace

std::string scheme_label(const std::string& text) { return text.substr(0, text.find('{')); }

std::string scheme_text(const std::string& label, const std::vector<Rule>& rules,
                        const std::string& base) {
  std::vector<std::string> parts;
  if (!base.empty()) parts.push_back("base=" + base);
  for (const Rule& rule : rules) parts.push_back(rule.pattern + "=" + rule.call);
  return fmt::format("{}{{{}}}", label, join(parts, "; "));
}

void check_scheme(const std::string& text) { read(text); }

void check_scheme_fits(const std::string& text, Module& model) { visits(model, read(text)); }

std::vector<Expectation> expected_stds(Module& model, const std::string& text) {
  const Recipe recipe = read(text);
  std::vector<Expectation> result;
  for (const Visit& visit : visits(model, recipe)) {
    Expectation& e = result.emplace_back(Expectation{visit.path, std::nan(""), false, true});
    e.by_data = recipe.lsuv && lsuv_scales(visit);
    const bool by_theory = !e.by_data && visit.tensor.size() > 0;
    if (!visit.rule) {
      if (by_theory) e.std = default_std(*visit.layer);
      continue;
    }
    const InitCall call = parse_init_call(visit.rule->call);
    e.random = call.random;
    if (by_theory) e.std = call.expected_std(visit.tensor.shape());
  }
  return result;
}

void apply_scheme(Module& model, const std::string& text, Generator& generator,
                  const InitOptions& options) {
  const Recipe recipe = read(text);
  if (recipe.lsuv && !options.images)
    throw Error(fmt::format("{} looks at data: it needs a batch of images", scheme_label(text)));
  const std::uint64_t seed = generator.initial_seed();
  std::vector<Module*> scaled;
  for (Visit& visit : visits(model, recipe)) {
    if (recipe.lsuv && lsuv_scales(visit)) scaled.push_back(visit.layer);
    Generator stream = options.per_parameter ? Generator::stream(seed, visit.path) : Generator();
    if (!visit.rule) {
      if (options.per_parameter) redraw(visit, stream);
      continue;
    }
    try {
      parse_init_call(visit.rule->call)
          .fill(visit.tensor, options.per_parameter ? stream : generator);
    } catch (const Error& error) {
      throw Error(fmt::format("{} for {} {}: {}", visit.rule->call, visit.path,
                              to_string(visit.tensor.shape()), error.what()));
    }
  }
  if (options.per_parameter) generator.manual_seed(seed);
  if (recipe.lsuv)
    init::lsuv_(model, options.images(), recipe.lsuv->tol, recipe.lsuv->tries, scaled);
}

}  // namespace fanin
