#include "experiments/specs/spec_draft.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "framework/core/error.hpp"
#include "framework/core/utf8.hpp"
#include "framework/io/whole_file.hpp"
#include "init/did_you_mean.hpp"
#include "init/named_options.hpp"

namespace fanin {
namespace {

constexpr std::uint64_t most_seeds = 100'000;

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  for (std::size_t end; (end = text.find(separator, begin)) != std::string::npos; begin = end + 1)
    parts.push_back(text.substr(begin, end - begin));
  parts.push_back(text.substr(begin));
  return parts;
}

// At the commas, except for those inside a name's options or braces: "normal:mean=0,std=1,zero" is
// two.
std::vector<std::string> split_named(const std::string& text) {
  std::vector<std::string> names;
  for (std::string& part : split(text, ',')) {
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

// Turns "mlp:depth=10,width=128" into the name and its options; leaves any other text alone.
void split_model(Draft& draft) {
  std::string& model = draft.model.values.front();
  const std::size_t colon = model.find(':');
  if (colon == std::string::npos) return;
  std::vector<Setting> options;
  for (const std::string& part : split(model.substr(colon + 1), ',')) {
    const std::size_t equals = part.find('=');
    if (equals == std::string::npos) return;
    options.push_back({part.substr(0, equals), {part.substr(equals + 1)}, draft.model.where});
  }
  model.resize(colon);
  draft.model_options = std::move(options);
}

void replace(std::vector<Setting>& settings, const Setting& setting) {
  const auto found = std::ranges::find(settings, setting.key, &Setting::key);
  if (found == settings.end())
    settings.push_back(setting);
  else
    *found = setting;
}

void apply_train(const Override& change, const std::string& key, Draft& draft) {
  if (find_spec_option(key) == nullptr) fail_unknown_key(change.where, key, "train");
  const bool named = key == "schedule" || key == "dataset";
  const auto values = named ? split_named(change.text) : split(change.text, ',');
  for (auto& alternative : draft.train) replace(alternative, {key, values, change.where});
}

// JSON's strings are among TOML's.
std::string quoted(const std::string& text) {
  if (!is_utf8(text))
    throw UsageError(fmt::format("\"{}\" is not UTF-8, and a spec can hold nothing else", text));
  return json_string(text);
}

std::string as_is(const std::string& text) { return text; }

template <class Write>
std::string assignment(const std::string& key, const std::vector<std::string>& values, bool list,
                       const Write& write) {
  std::string text;
  for (const std::string& value : values) text += (text.empty() ? "" : ", ") + write(value);
  return list ? fmt::format("{} = [{}]\n", key, text) : fmt::format("{} = {}\n", key, text);
}

// A model's option is a number for the reader's eye where it reads back as the same text.
std::string model_value(const std::string& text) {
  const auto number = parse_number<long>(text);
  return number && fmt::to_string(*number) == text ? text : quoted(text);
}

std::string train_assignment(const TrainOption& option, const std::vector<std::string>& values) {
  return assignment(option.name, values, values.size() > 1,
                    option.kind == OptionKind::text ? quoted : as_is);
}

std::string train_table(const std::vector<Setting>& alternative) {
  std::string text;
  for (const Setting& setting : alternative)
    text += train_assignment(*find_spec_option(setting.key), setting.values);
  for (const TrainOption& option : train_option_table()) {
    const std::string value = option.get(TrainOptions());
    const bool given = std::ranges::count(alternative, option.name, &Setting::key) > 0;
    if (!option.per_run && !given && !value.empty()) text += train_assignment(option, {value});
  }
  return text;
}

}  // namespace

std::vector<std::string> split_seeds(const std::string& text, const std::string& where) {
  std::vector<std::string> seeds;
  for (const std::string& part : split(text, ',')) {
    std::uint64_t first = 0, last = 0;
    const char* end = part.data() + part.size();
    const auto [dash, error] = std::from_chars(part.data(), end, first);
    const bool range = error == std::errc() && dash != end && *dash == '-';
    const auto [stop, wrong] = std::from_chars(range ? dash + 1 : end, end, last);
    if (wrong != std::errc() || stop != end) {  // one seed, or what parse_seeds() refuses
      seeds.push_back(part);
      continue;
    }
    if (first > last)
      fail(where, fmt::format("\"{}\" is no range of seeds: it ends before it begins", part));
    if (last - first >= most_seeds - std::min<std::uint64_t>(seeds.size(), most_seeds))
      fail(where, fmt::format("\"{}\" makes more than {} seeds", part, most_seeds));
    for (std::uint64_t i = 0; i <= last - first; ++i) seeds.push_back(fmt::to_string(first + i));
  }
  return seeds;
}

void apply(const Override& change, Draft& draft) {
  const std::string& key = change.key;
  if (key == "name") {
    draft.name = {key, {change.text}, change.where};
  } else if (key == "question") {
    draft.question = {key, {change.text}, change.where};
  } else if (key == "keep_weights") {
    draft.keep_weights = {key, {change.text}, change.where};
  } else if (key == "target_accuracy") {
    draft.target_accuracy = {key, {change.text}, change.where};
  } else if (key == "model" || key == "model_file") {
    const bool exists = is_there(change.text);  // whatever commas it has
    draft.model = {key, exists ? std::vector{change.text} : split_named(change.text), change.where};
    draft.model_options.clear();
  } else if (key.starts_with("model.")) {
    if (draft.model_options.empty() && draft.model.values.size() == 1) split_model(draft);
    replace(draft.model_options, {key.substr(6), split(change.text, ','), change.where});
  } else if (key == "inits") {
    draft.inits = {key, split_named(change.text), change.where};
  } else if (key == "seeds") {
    draft.seeds = {key, split_seeds(change.text, change.where), change.where};
  } else if (key == "dataset") {
    apply_train(change, key, draft);
  } else if (key.starts_with("train.")) {
    apply_train(change, key.substr(6), draft);
  } else {
    fail_unknown_key(change.where, key, "");
  }
}

std::string to_toml(const Draft& draft) {
  std::string text = assignment("name", draft.name.values, false, quoted);
  if (!draft.question.values.empty())
    text += assignment("question", draft.question.values, false, quoted);
  if (!draft.keep_weights.values.empty())
    text += assignment("keep_weights", draft.keep_weights.values, false, as_is);
  text += assignment("target_accuracy", draft.target_accuracy.values, false, as_is);
  if (draft.model_options.empty())
    text += assignment("model", draft.model.values, draft.model.values.size() > 1, quoted);
  text += assignment("inits", draft.inits.values, true, quoted);
  text += assignment("seeds", draft.seeds.values, true, as_is);
  if (!draft.model_options.empty()) {
    text += "\n[model]\n" +
            assignment("name", draft.model.values, draft.model.values.size() > 1, quoted);
    for (const Setting& option : draft.model_options)
      text += assignment(option.key, option.values, option.values.size() > 1, model_value);
  }
  for (const SchemeDraft& scheme : draft.schemes) {
    text += fmt::format("\n[init.{}]\n", scheme.name);
    for (const Setting& entry : scheme.entries)
      text += assignment(quoted(entry.key), entry.values, false, quoted);
  }
  for (const auto& alternative : draft.train)
    text += (draft.train.size() > 1 ? "\n[[train]]\n" : "\n[train]\n") + train_table(alternative);
  return text;
}

void fail(const std::string& where, const std::string& what) {
  throw UsageError(fmt::format("{}: {}", where, what));
}

void fail_unknown_key(const std::string& where, const std::string& key, const std::string& table) {
  std::vector<std::string> known = {"name",    "question",     "model",          "model_file",
                                    "dataset", "inits",        "init",           "seeds",
                                    "train",   "keep_weights", "target_accuracy"};
  if (table == "train") {
    known.clear();
    for (const TrainOption& option : train_option_table()) {
      if (!option.per_run) known.push_back(option.name);
      if (option.per_run && option.name == key)
        fail(where, fmt::format("\"{}\" does not belong in [train]: the sweep sets it", key));
    }
  }
  fail(where, fmt::format("unknown key \"{}\"{}{}", key, table.empty() ? "" : " in [train]",
                          did_you_mean(key, known)));
}

Override parse_override(const std::string& text) {
  const std::string where = "--set " + text;
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0)
    fail(where, "expected key=value, such as train.lr=0.1,0.03");
  return {where, text.substr(0, equals), text.substr(equals + 1)};
}

}  // namespace fanin
