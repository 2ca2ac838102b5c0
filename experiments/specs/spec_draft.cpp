#include "experiments/specs/spec_draft.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "experiments/task/choose.hpp"
#include "framework/core/text.hpp"
#include "framework/io/whole_file.hpp"
#include "init/named_options.hpp"

namespace fanin {
namespace {

constexpr std::uint64_t most_seeds = 100'000;

// At the commas.
std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  for (std::size_t end; (end = text.find(',', begin)) != std::string::npos; begin = end + 1)
    parts.push_back(text.substr(begin, end - begin));
  parts.push_back(text.substr(begin));
  return parts;
}

// At the commas outside of a name's options and braces: "normal:mean=0,std=1,zero" is two names.
std::vector<std::string> split_named(const std::string& text) {
  std::vector<std::string> names;
  for (std::string& part : split(text)) {
    const std::size_t equals = part.find('=');
    const bool open = !names.empty() &&
                      std::ranges::count(names.back(), '{') > std::ranges::count(names.back(), '}');
    if (open ||
        (!names.empty() && equals != std::string::npos && part.find_first_of(":{") > equals))
      names.back() += "," + part;
    else
      names.push_back(std::move(part));
  }
  return names;
}

void replace(std::vector<Setting>& settings, const Setting& setting) {
  const auto found = std::ranges::find(settings, setting.key, &Setting::key);
  if (found == settings.end())
    settings.push_back(setting);
  else
    *found = setting;
}

// Turns "mlp:depth=10,width=128" into the name and its options; leaves any other text alone.
void split_model(Draft& draft) {
  std::string& model = draft.model.values.front();
  const std::size_t colon = model.find(':');
  if (colon == std::string::npos) return;
  std::vector<Setting> options;
  for (const std::string& part : split(model.substr(colon + 1))) {
    const std::size_t equals = part.find('=');
    if (equals == std::string::npos) return;
    options.push_back({part.substr(0, equals), {part.substr(equals + 1)}, draft.model.where});
  }
  model.resize(colon);
  draft.model_options = std::move(options);
}

// TOML takes JSON's strings. A value of any kind is written as a number if that reads back as the
// same text.
std::string toml_value(const std::string& text, OptionKind kind) {
  const auto number = parse_number<long>(text);
  const bool plain = kind == OptionKind::any ? number && fmt::to_string(*number) == text
                                             : kind != OptionKind::text;
  if (plain) return text;
  if (!is_utf8(text)) throw UsageError("\"{}\" is not UTF-8, which a spec must be", text);
  return json_string(text);
}

std::string assignment(const std::string& key, const std::vector<std::string>& values,
                       OptionKind kind = OptionKind::text, bool list = false) {
  std::string text;
  for (const std::string& value : values)
    text += (text.empty() ? "" : ", ") + toml_value(value, kind);
  if (list || values.size() > 1) text = "[" + text + "]";
  return fmt::format("{} = {}\n", key, text);
}

std::string train_table(const std::vector<Setting>& alternative) {
  std::string text;
  for (const Setting& setting : alternative)
    text += assignment(setting.key, setting.values, find_spec_option(setting.key)->kind);
  for (const TrainOption& option : train_option_table()) {
    const std::string value = option.get(TrainOptions());
    const bool given = std::ranges::count(alternative, option.name, &Setting::key) > 0;
    if (!option.per_run && !given && !value.empty())
      text += assignment(option.name, {value}, option.kind);
  }
  return text;
}

}  // namespace

const std::vector<SpecKey>& spec_keys() {
  using K = OptionKind;
  static const std::vector<SpecKey> keys = {
      {"name", &Draft::name},
      {"question", &Draft::question},
      {"keep_weights", &Draft::keep_weights, K::flag},
      {"target_accuracy", &Draft::target_accuracy, K::number},
      {"model", &Draft::model, K::text, Form::single_or_list},
      {"model_file"},
      {"dataset"},
      {"inits", &Draft::inits, K::text, Form::list},
      {"init"},
      {"seeds", &Draft::seeds, K::count, Form::list_or_ranges},
      {"train"},
  };
  return keys;
}

const SpecKey& find_spec_key(const std::string& name, const std::string& where, bool with_setting) {
  for (const SpecKey& key : spec_keys())
    if (key.name == name && (key.setting || !with_setting)) return key;
  fail(where, "unknown key \"{}\"{}", name, did_you_mean(name, names_of(spec_keys())));
}

const TrainOption& find_train_key(const std::string& name, const std::string& where) {
  std::vector<std::string> known;
  for (const TrainOption& option : train_option_table()) {
    if (option.name == name && option.per_run)
      fail(where, "\"{}\" does not belong in [train]: the sweep sets it", name);
    if (option.name == name) return option;
    if (!option.per_run) known.push_back(option.name);
  }
  fail(where, "unknown key \"{}\" in [train]{}", name, did_you_mean(name, known));
}

std::vector<std::string> split_seeds(const std::string& text, const std::string& where) {
  std::vector<std::string> seeds;
  for (const std::string& part : split(text)) {
    const std::size_t dash = std::min(part.find('-'), part.size());
    const auto first = parse_number<std::uint64_t>(part.substr(0, dash));
    const auto last = parse_number<std::uint64_t>(part.substr(std::min(dash + 1, part.size())));
    if (!first || !last) {  // one seed, or what parse_seeds() refuses
      seeds.push_back(part);
      continue;
    }
    if (*first > *last)
      fail(where, "\"{}\" is not a range of seeds: it ends before it begins", part);
    if (*last - *first >= most_seeds - std::min<std::uint64_t>(seeds.size(), most_seeds))
      fail(where, "\"{}\" makes more than {} seeds", part, most_seeds);
    for (std::uint64_t i = 0; i <= *last - *first; ++i) seeds.push_back(fmt::to_string(*first + i));
  }
  return seeds;
}

void apply(const Override& change, Draft& draft) {
  const auto& [where, key, text] = change;
  if (key == "model" || key == "model_file") {
    const bool exists = is_there(text);  // whatever commas it has
    draft.model = {key, exists ? std::vector{text} : split_named(text), where};
    draft.model_options.clear();
  } else if (key.starts_with("model.")) {
    if (draft.model_options.empty() && draft.model.values.size() == 1) split_model(draft);
    replace(draft.model_options, {key.substr(6), split(text), where});
  } else if (key == "dataset" || key.starts_with("train.")) {
    const std::string& name = find_train_key(key == "dataset" ? key : key.substr(6), where).name;
    const bool named = name == "schedule" || name == "dataset";
    for (auto& alternative : draft.train)
      replace(alternative, {name, named ? split_named(text) : split(text), where});
  } else {
    const SpecKey& row = find_spec_key(key, where, true);
    draft.*row.setting = {key, {text}, where};
    if (row.form == Form::list) (draft.*row.setting).values = split_named(text);
    if (row.form == Form::list_or_ranges) (draft.*row.setting).values = split_seeds(text, where);
  }
}

std::string to_toml(const Draft& draft) {
  std::string text;
  const bool model_table = !draft.model_options.empty();
  for (const SpecKey& key : spec_keys()) {
    if (!key.setting || (key.setting == &Draft::model && model_table)) continue;
    const auto& values = (draft.*key.setting).values;
    if (!values.empty()) text += assignment(key.name, values, key.kind, key.form >= Form::list);
  }
  if (model_table) {
    text += "\n[model]\n" + assignment("name", draft.model.values);
    for (const Setting& option : draft.model_options)
      text += assignment(option.key, option.values, OptionKind::any);
  }
  for (const SchemeDraft& scheme : draft.schemes) {
    text += fmt::format("\n[init.{}]\n", scheme.name);
    for (const Setting& entry : scheme.entries)
      text += assignment(toml_value(entry.key, OptionKind::text), entry.values);
  }
  for (const auto& alternative : draft.train)
    text += (draft.train.size() > 1 ? "\n[[train]]\n" : "\n[train]\n") + train_table(alternative);
  return text;
}

}  // namespace fanin
