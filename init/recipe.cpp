#include "init/recipe.hpp"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>
#include <sstream>
#include <utility>

#include "framework/core/error.hpp"
#include "framework/core/text.hpp"
#include "framework/nn/layer_table.hpp"
#include "framework/nn/text.hpp"
#include "init/beyond.hpp"
#include "init/init.hpp"
#include "init/named_options.hpp"

namespace fanin {
namespace {

std::string trimmed(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(" \t\n");
  return begin == std::string::npos
             ? ""
             : text.substr(begin, text.find_last_not_of(" \t\n") + 1 - begin);
}

const Scheme& find_scheme(const std::string& name) {
  std::vector<std::string> names;
  for (const Scheme& scheme : scheme_table()) {
    if (scheme.name == name) return scheme;
    names.push_back(scheme.name);
  }
  throw UsageError(
      "unknown init \"{}\"; expected one of {}, or rules of your own, such as "
      "mine{{*.weight=normal_:std=0.1}}{}",
      name, join(names, ", "), did_you_mean(name, names));
}

void check_label(const std::string& label) {
  const auto odd = [](unsigned char c) { return !std::isalnum(c) && c != '_' && c != '-'; };
  if (label.empty() || std::ranges::any_of(label, odd))
    throw UsageError("\"{}\" cannot name an init: expected letters, digits, _ and - before the {{",
                     label);
  if (std::ranges::count(scheme_table(), label, &Scheme::name) > 0)
    throw UsageError(
        "{} is already an init; give your own rules another name (they may start from it with "
        "base={})",
        label, label);
}

bool matches(const std::string& pattern, const std::string& name) {
  return fnmatch(pattern.c_str(), name.c_str(), FNM_NOESCAPE) == 0;
}

// The std of what the constructors draw: U(-1/sqrt(fan), 1/sqrt(fan)) for weights and biases, the
// fan of a recurrent layer being its hidden size; N(0, 1) for embeddings; constants for norms and
// slopes.
double default_std(const Module& layer) {
  if (kind_of(layer) == LayerKind::embedding) return 1;
  if (kind_of(layer) == LayerKind::norm) return 0;
  for (const auto& [name, tensor] : layer.named_parameters(false))
    if (name.starts_with("weight_hh") || (name == "weight" && tensor.shape().size() > 1))
      return 1 / std::sqrt(3.0 * static_cast<double>(init::calculate_fans(tensor.shape()).in));
  return 0;
}

}  // namespace

Recipe::Recipe(const std::string& text) : text_(text) {
  const std::size_t open = text.find('{');
  if (open == std::string::npos) {
    read_scheme(text);
    return;
  }
  check_label(label());
  if (text.find('}') != text.size() - 1)
    throw UsageError("\"{}\": expected one }} at the end", text);
  read_own(text.substr(open + 1, text.size() - open - 2));
  if (rules_.empty()) throw UsageError("\"{}\": no rule is given", text);
}

Recipe::BoundRule Recipe::bound_rule(const std::string& pattern, const std::string& call,
                                     bool own) {
  const init::PointwiseActivation none = init::activation("linear");
  const bool finds = NamedOptions(call).text("act", "") == "auto";
  return {pattern, call, parse_init_call(call, &none), own, finds};
}

// Puts the scheme's rules before the others, so that the user's own win.
void Recipe::read_scheme(const std::string& text) {
  const NamedOptions options(text);
  const Scheme& scheme = find_scheme(options.name());
  std::vector<std::string> keys;
  for (const auto& [key, fallback] : scheme.options) keys.push_back(key);
  options.allow(keys);
  if (scheme.lsuv) lsuv_ = {options.number("tol", 0.1), options.count("tries", 10, 1, 1000)};
  if (lsuv_ && lsuv_->tol <= 0) throw UsageError("{}: tol must be above 0", scheme.name);
  std::vector<Rule> rules = scheme.rules;
  for (const auto& [key, fallback] : scheme.options) {
    const bool is_word = std::isalpha(static_cast<unsigned char>(fallback.front()));
    if (!is_word && options.number(key, 0) < 0 && key == "std")
      throw UsageError("{}: {} must not be negative", scheme.name, key);
    for (Rule& rule : rules)
      if (const std::size_t at = rule.call.find("{" + key + "}"); at != std::string::npos)
        rule.call.replace(at, key.size() + 2, options.text(key, fallback));
  }
  std::vector<BoundRule> bound;
  for (const Rule& rule : rules) bound.push_back(bound_rule(rule.pattern, rule.call, false));
  rules_.insert(rules_.begin(), bound.begin(), bound.end());
}

void Recipe::read_own(const std::string& rules) {
  bool has_base = false;
  std::istringstream parts(rules);
  for (std::string part; std::getline(parts, part, ';');) {
    part = trimmed(part);
    if (part.empty() && parts.eof()) break;  // the text may end with a ;
    const std::size_t equals = part.find('=');
    const std::string key = trimmed(part.substr(0, equals));
    const std::string value = equals == std::string::npos ? "" : trimmed(part.substr(equals + 1));
    if (key.empty() || value.empty())
      throw UsageError(
          "{}: expected PATTERN=CALL, such as Linear.weight=normal_:std=0.01, got \"{}\"", label(),
          part);
    if (key != "base")
      rules_.push_back(bound_rule(key, value, true));
    else if (std::exchange(has_base, true))
      throw UsageError("{}: base is given twice", label());
    else
      read_scheme(value);
  }
}

std::string Recipe::label() const { return text_.substr(0, text_.find('{')); }

std::vector<Recipe::Visit> Recipe::visits(Module& model) const {
  std::vector<Visit> result;
  std::vector<bool> used(rules_.size(), false);
  for (const auto& [layer_path, layer] : model.named_modules())
    for (const auto& [name, tensor] : layer->named_parameters(false)) {
      const std::string path = layer_path.empty() ? name : layer_path + "." + name;
      Visit& visit = result.emplace_back(Visit{path, layer, tensor, nullptr});
      for (std::size_t i = 0; i < rules_.size(); ++i) {
        const BoundRule& rule = rules_[i];
        // A named scheme means types alone, not a child that someone called "Linear".
        if (!matches(rule.pattern, layer->type() + "." + name) &&
            !(rule.own && matches(rule.pattern, path)))
          continue;
        visit.rule = &rule;
        used[i] = true;
      }
    }
  constexpr std::size_t shown = 6;
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    if (used[i] || !rules_[i].own) continue;
    std::vector<std::string> names;
    for (const Visit& v : result)
      if (names.size() < shown) names.push_back(fmt::format("{} ({})", v.path, v.layer->type()));
    throw UsageError("pattern \"{}\" matches no parameter of the model, which has {}{}",
                     rules_[i].pattern, join(names, ", "), result.size() > shown ? ", ..." : "");
  }
  if (std::ranges::any_of(rules_, &BoundRule::finds_activation)) find_activations(model, result);
  return result;
}

// Binds the rules that fit the activation behind their layer: the first one before the next Linear
// or convolution. A layer without any is linear, except the last, which is as the one before it.
void Recipe::find_activations(Module& model, std::vector<Visit>& visits) {
  std::map<const Module*, init::PointwiseActivation> activations;  // by affine layer
  const init::PointwiseActivation none = init::activation("linear");
  const Module *open = nullptr, *last = nullptr;  // `open` still waits for its activation
  for (const auto& [path, layer] : model.named_modules()) {
    if (kind_of(*layer) == LayerKind::affine) {
      if (open) activations.emplace(last = open, none);
      open = layer;
    } else if (const auto phi = init::activation_of(*layer);
               phi && open && layer->type() != "Identity") {
      activations.emplace(last = open, *phi);
      open = nullptr;
    }
  }
  if (open) activations.emplace(open, last ? activations.at(last) : none);
  std::map<std::pair<std::string, std::string>, std::shared_ptr<const InitCall>> known;
  for (Visit& visit : visits) {
    if (!visit.rule || !visit.rule->finds_activation) continue;
    const auto at = activations.find(visit.layer);
    if (at == activations.end())
      throw UsageError("{} for {}: act=auto is for Linear and convolution layers, not {}",
                       visit.rule->text, visit.path, visit.layer->type());
    const init::PointwiseActivation& phi = at->second;
    auto& call = known[{visit.rule->text, phi.name}];
    try {
      if (!call) call = std::make_shared<const InitCall>(parse_init_call(visit.rule->text, &phi));
    } catch (const Error& error) {
      throw UsageError("{} before {}: {}", visit.layer->type(), phi.name, error.what());
    }
    visit.found = call;
  }
}

bool Recipe::scales(const Visit& visit) const {
  const bool own = visit.rule && visit.rule->own;
  return lsuv_ && kind_of(*visit.layer) == LayerKind::affine && visit.tensor.shape().size() > 1 &&
         !own;
}

std::vector<Expectation> Recipe::expected(Module& model) const {
  std::vector<Expectation> result;
  for (const Visit& visit : visits(model)) {
    Expectation& e =
        result.emplace_back(Expectation{visit.path, std::nan(""), scales(visit), true});
    if (visit.rule) e.random = visit.call().random;
    if (e.by_data || visit.tensor.size() == 0) continue;
    e.std =
        visit.rule ? visit.call().expected_std(visit.tensor.shape()) : default_std(*visit.layer);
  }
  return result;
}

void Recipe::apply(Module& model, Generator& generator, const InitOptions& options) const {
  if (lsuv_ && !options.images)
    throw Error("{} needs a batch of images to compute the weights", label());
  const std::uint64_t seed = generator.initial_seed();
  std::vector<Module*> scaled;
  for (Visit& visit : visits(model)) {
    if (scales(visit)) scaled.push_back(visit.layer);
    Generator stream = options.per_parameter ? Generator::stream(seed, visit.path) : Generator();
    if (!visit.rule) {
      if (!options.per_parameter) continue;
      const std::string name = visit.path.substr(visit.path.rfind('.') + 1);
      visit.tensor.copy_(make_alike(*visit.layer, stream)->parameter(name)->value());
      continue;
    }
    try {
      visit.call().fill(visit.tensor, options.per_parameter ? stream : generator);
    } catch (const Error& error) {
      throw Error("{} for {} {}: {}", visit.rule->text, visit.path, to_string(visit.tensor.shape()),
                  error.what());
    }
  }
  if (options.per_parameter) generator.manual_seed(seed);
  if (lsuv_) init::lsuv_(model, options.images(), lsuv_->tol, lsuv_->tries, scaled);
}

void apply_scheme(Module& model, const std::string& text, Generator& generator,
                  const InitOptions& options) {
  Recipe(text).apply(model, generator, options);
}

std::string scheme_text(const std::string& label, const std::vector<Rule>& rules,
                        const std::string& base) {
  std::vector<std::string> parts;
  if (!base.empty()) parts.push_back("base=" + base);
  for (const Rule& rule : rules) parts.push_back(rule.pattern + "=" + rule.call);
  return fmt::format("{}{{{}}}", label, join(parts, "; "));
}

}  // namespace fanin
