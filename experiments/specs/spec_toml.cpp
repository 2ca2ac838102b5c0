#include "experiments/specs/spec_toml.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "experiments/task/models.hpp"
#include "experiments/task/options.hpp"
#include "experiments/task/shipped.hpp"
#include "framework/core/error.hpp"

namespace fanin {
namespace {

// A value with its key and the place of that key.
struct Entry {
  std::string file, key;
  const toml::node* node;
  toml::source_position place;

  std::string where() const { return fmt::format("{}:{}", file, place.line); }
  Entry element(const toml::node& value) const { return {file, key, &value, place}; }
};

// A string, a number or a truth value as text; nothing for any other value.
std::optional<std::string> scalar(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* value = node.as_integer()) return fmt::to_string(value->get());
  if (const auto* value = node.as_floating_point()) return fmt::to_string(value->get());
  if (const auto* value = node.as_boolean()) return value->get() ? "true" : "false";
  return std::nullopt;
}

[[noreturn]] void fail_type(const Entry& entry, const std::string& expected) {
  const toml::node& node = *entry.node;
  std::string got = node.is_array() ? "a list" : node.is_table() ? "a table" : "a date or time";
  got = scalar(node).value_or(got);
  if (node.is_string()) got = fmt::format("the string \"{}\"", got);
  fail(entry.where(), "{} must be {}, not {}", entry.key, expected, got);
}

// A table's entries in the order in which they were written; toml++ sorts them by name.
std::vector<Entry> entries(const Entry& table, const std::string& expected = "a table") {
  if (!table.node->is_table()) fail_type(table, expected);
  std::vector<Entry> result;
  for (auto&& [key, node] : *table.node->as_table())
    result.push_back({table.file, std::string(key.str()), &node, key.source().begin});
  std::ranges::sort(result, [](const Entry& a, const Entry& b) { return a.place < b.place; });
  return result;
}

const toml::array& elements(const Entry& list) {
  const toml::array& array = *list.node->as_array();
  if (array.empty()) fail(list.where(), "{} must not be an empty list", list.key);
  return array;
}

// The name of a kind of value, and whether the node is of that kind.
std::pair<std::string, bool> match(const toml::node& node, OptionKind kind) {
  switch (kind) {
    case OptionKind::text: return {"a string", node.is_string()};
    case OptionKind::count: return {"a whole number", node.is_integer()};
    case OptionKind::number: return {"a number", node.is_number()};
    case OptionKind::flag: return {"true or false", node.is_boolean()};
    case OptionKind::any: return {"a number, a string, or true or false", scalar(node).has_value()};
  }
  return {};
}

std::string read_value(const Entry& entry, OptionKind kind) {
  const auto [expected, fits] = match(*entry.node, kind);
  if (!fits) fail_type(entry, expected);
  if (kind == OptionKind::any && entry.node->is_boolean())
    return entry.node->as_boolean()->get() ? "1" : "0";
  return *scalar(*entry.node);
}

Setting read_setting(const Entry& entry, OptionKind kind = OptionKind::text,
                     Form form = Form::single) {
  Setting setting{entry.key, {}, entry.where()};
  const bool list = entry.node->is_array();
  if (form == Form::list_or_ranges && entry.node->is_string()) {
    setting.values = split_seeds(*scalar(*entry.node), setting.where);
  } else if (list && form != Form::single) {
    for (const toml::node& value : elements(entry))
      setting.values.push_back(read_value(entry.element(value), kind));
  } else if (form >= Form::list) {  // "a list of strings"
    fail_type(entry, fmt::format("a list of {}s", match(*entry.node, kind).first.substr(2)));
  } else {
    setting.values.push_back(read_value(entry, kind));
  }
  return setting;
}

void read_model(const Entry& entry, Draft& draft) {
  if (!draft.model.values.empty()) fail(entry.where(), "the model is given twice");
  const auto beside = [&entry](const std::string& file) {
    return std::filesystem::path(entry.file).parent_path() / file;
  };
  if (entry.key == "model_file") {
    draft.model = read_setting(entry);
    std::string& name = draft.model.values.front();
    name = beside(name).lexically_normal().string();
  } else if (entry.node->is_string() || entry.node->is_array()) {
    draft.model = read_setting(entry, OptionKind::text, Form::single_or_list);
  } else {
    for (const Entry& option : entries(entry, "a string, a list of strings or a table")) {
      if (option.key != "name") {  // the model knows what it must be
        draft.model_options.push_back(read_setting(option, OptionKind::any, Form::single_or_list));
        continue;
      }
      draft.model = read_setting(option);
      std::string& name = draft.model.values.front();
      const bool built_in = std::ranges::count(model_table(), name, &ModelRow::name) > 0;
      if (!built_in && is_there(beside(name))) name = beside(name).lexically_normal().string();
    }
    if (draft.model.values.empty()) fail(entry.where(), "[model] needs a name");
  }
}

std::vector<SchemeDraft> read_schemes(const Entry& entry) {
  std::vector<SchemeDraft> schemes;
  for (const Entry& named : entries(entry, "tables [init.NAME]")) {
    SchemeDraft& scheme = schemes.emplace_back(SchemeDraft{named.key, named.where(), {}});
    for (const Entry& rule : entries(named, "a table [init." + named.key + "]")) {
      if (rule.node->is_table())
        fail(rule.where(), "a pattern with a dot needs quotes: \"{}...\"", rule.key);
      scheme.entries.push_back(read_setting(rule));
    }
  }
  return schemes;
}

std::vector<Setting> read_train_table(const Entry& table, const std::string& expected) {
  std::vector<Setting> settings;
  for (const Entry& option : entries(table, expected)) {
    const OptionKind kind = find_train_key(option.key, option.where()).kind;
    settings.push_back(read_setting(option, kind, Form::single_or_list));
  }
  return settings;
}

std::vector<std::vector<Setting>> read_train(const Entry& entry) {
  if (!entry.node->is_array()) return {read_train_table(entry, "a table")};
  std::vector<std::vector<Setting>> alternatives;
  for (const toml::node& table : elements(entry))
    alternatives.push_back(read_train_table(entry.element(table), "a list of tables"));
  return alternatives;
}

// The place of the last quote of the TOML string that begins at `at`.
std::size_t end_of_string(const std::string& text, std::size_t at) {
  const std::string quote(text.compare(at, 3, std::string(3, text[at])) == 0 ? 3 : 1, text[at]);
  for (std::size_t i = at + quote.size(); i < text.size(); ++i) {
    if (text.compare(i, quote.size(), quote) == 0) return i + quote.size() - 1;
    if (quote.size() == 1 && text[i] == '\n') return i;
    if (text[i] == '\\' && quote[0] == '"') ++i;
  }
  return text.size();
}

// toml++ parses nested tables by recursion, and each dot of a key nests one. So this refuses a spec
// that is deeper than any sensible one before it is parsed.
void check_nesting(const std::string& text, const std::string& file) {
  constexpr std::size_t most_open = 16, most_dots = 64;
  constexpr std::string_view separators = ",=[]{}\n";
  std::size_t open = 0, dots = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '#') i = std::min(text.find('\n', i), text.size() - 1);
    if (text[i] == '"' || text[i] == '\'') i = std::min(end_of_string(text, i), text.size() - 1);
    const char c = text[i];
    if (c == '[' || c == '{') ++open;
    if ((c == ']' || c == '}') && open > 0) --open;
    dots = c == '.' ? dots + 1 : separators.find(c) != separators.npos ? 0 : dots;
    if (open > most_open || dots > most_dots)
      fail(fmt::format("{}:{}", file, 1 + std::ranges::count(text.substr(0, i), '\n')),
           "nested too deeply for a spec");
  }
}

toml::table parse(const std::filesystem::path& file) {
  constexpr std::size_t most = std::size_t{1} << 24;
  const std::string text = read_file(file, most);
  check_nesting(text, file.string());
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& error) {
    const auto& begin = error.source().begin;
    fail(fmt::format("{}:{}:{}", file.string(), begin.line, begin.column), "{}",
         error.description());
  }
}

}  // namespace

Draft read_draft(const std::filesystem::path& file) {
  const toml::table root = parse(file);
  Draft draft;
  draft.where = file.string();
  std::optional<Setting> dataset;
  for (const Entry& entry : entries({draft.where, "", &root, {}})) {
    const std::string where = entry.where();
    const SpecKey& key = find_spec_key(entry.key, where);
    if (key.name == "model" || key.name == "model_file")
      read_model(entry, draft);
    else if (key.name == "dataset")
      dataset = read_setting(entry, OptionKind::text, Form::single_or_list);
    else if (key.name == "init")
      draft.schemes = read_schemes(entry);
    else if (key.name == "train")
      draft.train = read_train(entry);
    else
      draft.*key.setting = read_setting(entry, key.kind, key.form);
  }
  if (draft.train.empty()) draft.train.emplace_back();
  if (dataset)  // an option of [train], at the top because it is the experiment's subject
    for (auto& alternative : draft.train) alternative.insert(alternative.begin(), *dataset);
  return draft;
}

}  // namespace fanin
