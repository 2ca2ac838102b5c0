#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "experiments/specs/spec_draft.hpp"
#include "experiments/task/models.hpp"
#include "experiments/task/options.hpp"
#include "experiments/task/shipped.hpp"
#include "framework/core/error.hpp"

namespace fanin {
namespace {

// A value with its key and the place of that key.
struct Entry {
  std::string key;
  const toml::node* node;
  std::string where;
};

// The table's entries in the order in which they were written; toml++ sorts them by name.
std::vector<Entry> entries(const toml::table& table, const std::string& file) {
  std::vector<std::pair<const toml::key*, const toml::node*>> pairs;
  for (auto&& [key, node] : table) pairs.emplace_back(&key, &node);
  std::ranges::sort(pairs, [](const auto& a, const auto& b) {
    return a.first->source().begin < b.first->source().begin;
  });
  std::vector<Entry> result;
  for (const auto& [key, node] : pairs)
    result.push_back(
        {std::string(key->str()), node, fmt::format("{}:{}", file, key->source().begin.line)});
  return result;
}

std::string describe(const toml::node& node) {
  if (const auto* text = node.as_string()) return fmt::format("the string \"{}\"", text->get());
  if (const auto* value = node.as_integer()) return fmt::to_string(value->get());
  if (const auto* value = node.as_floating_point()) return fmt::to_string(value->get());
  if (const auto* value = node.as_boolean()) return value->get() ? "true" : "false";
  return node.is_array() ? "a list" : node.is_table() ? "a table" : "a date or time";
}

[[noreturn]] void fail_type(const Entry& entry, const std::string& expected,
                            const toml::node& node) {
  fail(entry.where, fmt::format("{} must be {}, not {}", entry.key, expected, describe(node)));
}

const char* expected(OptionKind kind) {
  switch (kind) {
    case OptionKind::text: return "a string";
    case OptionKind::count: return "a whole number";
    case OptionKind::number: return "a number";
    case OptionKind::flag: return "true or false";
  }
  return "";
}

// The text of a single value of that kind; nothing when it is of another.
std::optional<std::string> scalar(const toml::node& node, OptionKind kind) {
  if (const auto* text = node.as_string(); text && kind == OptionKind::text) return text->get();
  if (const auto* value = node.as_integer())
    if (kind == OptionKind::count || kind == OptionKind::number)
      return fmt::to_string(value->get());
  if (const auto* value = node.as_floating_point(); value && kind == OptionKind::number)
    return fmt::to_string(value->get());
  if (const auto* value = node.as_boolean(); value && kind == OptionKind::flag)
    return value->get() ? "true" : "false";
  return std::nullopt;
}

// An option of a model may be of any kind: its name is the model's affair.
std::string model_scalar(const Entry& entry, const toml::node& node) {
  for (const OptionKind kind : {OptionKind::text, OptionKind::number})
    if (const auto text = scalar(node, kind)) return *text;
  if (const auto* value = node.as_boolean()) return value->get() ? "1" : "0";
  fail_type(entry, "a number, a string, or true or false", node);
}

// `read(element)` of every element of a list that must not be empty.
template <class Read>
Setting list(const Entry& entry, const toml::array& array, const Read& read) {
  if (array.empty()) fail(entry.where, entry.key + " must not be an empty list");
  Setting setting{entry.key, {}, entry.where};
  for (const toml::node& element : array) setting.values.push_back(read(element));
  return setting;
}

template <class Read>
Setting value_or_list(const Entry& entry, const Read& read) {
  if (const toml::array* array = entry.node->as_array()) return list(entry, *array, read);
  return {entry.key, {read(*entry.node)}, entry.where};
}

auto reader(const Entry& entry, OptionKind kind) {
  return [&entry, kind](const toml::node& node) {
    if (auto text = scalar(node, kind)) return *text;
    fail_type(entry, expected(kind), node);
  };
}

Setting single(const Entry& entry, OptionKind kind = OptionKind::text) {
  return {entry.key, {reader(entry, kind)(*entry.node)}, entry.where};
}

Setting required_list(const Entry& entry, OptionKind kind, const char* what) {
  const toml::array* array = entry.node->as_array();
  if (array == nullptr) fail_type(entry, what, *entry.node);
  return list(entry, *array, reader(entry, kind));
}

void read_model(const Entry& entry, const std::string& file, Draft& draft) {
  const toml::table* table = entry.node->as_table();
  if (table == nullptr) {
    if (!entry.node->is_string() && !entry.node->is_array())
      fail_type(entry, "a string, a list of strings or a table", *entry.node);
    draft.model = value_or_list(entry, reader(entry, OptionKind::text));
    return;
  }
  for (const Entry& option : entries(*table, file)) {
    if (option.key == "name") {
      draft.model = single(option);
      std::string& name = draft.model.values.front();  // a file lies beside the spec
      const auto beside = std::filesystem::path(file).parent_path() / name;
      const bool built_in = std::ranges::count(model_table(), name, &ModelRow::name) > 0;
      if (!built_in && is_there(beside)) name = beside.lexically_normal().string();
    } else
      draft.model_options.push_back(value_or_list(
          option, [&option](const toml::node& node) { return model_scalar(option, node); }));
  }
  if (draft.model.values.empty()) fail(entry.where, "[model] needs a name");
}

std::vector<SchemeDraft> read_schemes(const Entry& entry, const std::string& file) {
  const toml::table* tables = entry.node->as_table();
  if (tables == nullptr) fail_type(entry, "tables [init.NAME]", *entry.node);
  std::vector<SchemeDraft> schemes;
  for (const Entry& named : entries(*tables, file)) {
    const toml::table* table = named.node->as_table();
    if (table == nullptr) fail_type(named, "a table [init." + named.key + "]", *named.node);
    SchemeDraft& scheme = schemes.emplace_back(SchemeDraft{named.key, named.where, {}});
    for (const Entry& rule : entries(*table, file)) {
      if (rule.node->is_table())
        fail(rule.where, fmt::format("a pattern with a dot needs quotes: \"{}...\"", rule.key));
      scheme.entries.push_back(single(rule));
    }
  }
  return schemes;
}

std::vector<Setting> read_train_table(const toml::table& table, const std::string& file) {
  std::vector<Setting> settings;
  for (const Entry& entry : entries(table, file)) {
    const TrainOption* option = find_spec_option(entry.key);
    if (option == nullptr) fail_unknown_key(entry.where, entry.key, "train");
    settings.push_back(value_or_list(entry, reader(entry, option->kind)));
  }
  return settings;
}

std::vector<std::vector<Setting>> read_train(const Entry& entry, const std::string& file) {
  if (const toml::table* table = entry.node->as_table()) return {read_train_table(*table, file)};
  const toml::array* array = entry.node->as_array();
  if (array == nullptr) fail_type(entry, "a table", *entry.node);
  if (array->empty()) fail(entry.where, "train must not be an empty list");
  std::vector<std::vector<Setting>> alternatives;
  for (const toml::node& element : *array) {
    if (!element.is_table()) fail_type(entry, "a list of tables", element);
    alternatives.push_back(read_train_table(*element.as_table(), file));
  }
  return alternatives;
}

// Where a string of TOML that begins at `at` has its last quote.
std::size_t end_of_string(const std::string& text, std::size_t at) {
  const std::string quote(text.compare(at, 3, std::string(3, text[at])) == 0 ? 3 : 1, text[at]);
  for (std::size_t i = at + quote.size(); i < text.size(); ++i) {
    if (text.compare(i, quote.size(), quote) == 0) return i + quote.size() - 1;
    if (quote.size() == 1 && text[i] == '\n') return i;
    if (text[i] == '\\' && quote[0] == '"') ++i;
  }
  return text.size();
}

// toml++ takes nested tables apart by recursion, and each dot of a key nests one: a spec that is
// deeper than any sensible one is refused before it is parsed.
void check_nesting(const std::string& text, const std::string& file) {
  constexpr std::size_t most_open = 16, most_dots = 64;
  constexpr std::string_view separators = ",=[]{}\n";
  std::size_t line = 1, open = 0, dots = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '#') i = std::min(text.find('\n', i), text.size() - 1);
    if (text[i] == '"' || text[i] == '\'') {
      const std::size_t end = std::min(end_of_string(text, i), text.size() - 1);
      line += static_cast<std::size_t>(std::count(text.begin() + static_cast<std::ptrdiff_t>(i),
                                                  text.begin() + static_cast<std::ptrdiff_t>(end),
                                                  '\n'));
      i = end;
    }
    const char c = text[i];
    line += c == '\n';
    if (c == '[' || c == '{') ++open;
    if ((c == ']' || c == '}') && open > 0) --open;
    dots = c == '.' ? dots + 1 : separators.find(c) != separators.npos ? 0 : dots;
    if (open > most_open || dots > most_dots)
      fail(fmt::format("{}:{}", file, line), "nested too deeply for a spec");
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
    fail(fmt::format("{}:{}:{}", file.string(), begin.line, begin.column),
         std::string(error.description()));
  }
}

}  // namespace

Draft read_draft(const std::filesystem::path& path) {
  const toml::table table = parse(path);
  const std::string file = path.string();
  Draft draft;
  draft.where = file;
  std::optional<Setting> dataset;
  for (const Entry& entry : entries(table, file)) {
    if (entry.key == "name") {
      draft.name = single(entry);
    } else if (entry.key == "question") {
      draft.question = single(entry);
    } else if (entry.key == "keep_weights") {
      draft.keep_weights = single(entry, OptionKind::flag);
    } else if (entry.key == "target_accuracy") {
      draft.target_accuracy = single(entry, OptionKind::number);
    } else if (entry.key == "model" || entry.key == "model_file") {
      if (!draft.model.values.empty()) fail(entry.where, "the model is given twice");
      if (entry.key == "model") {
        read_model(entry, file, draft);
      } else {
        draft.model = single(entry);
        auto& model = draft.model.values.front();
        model = (path.parent_path() / model).lexically_normal().string();
      }
    } else if (entry.key == "dataset") {
      dataset = value_or_list(entry, reader(entry, OptionKind::text));
    } else if (entry.key == "inits") {
      draft.inits = required_list(entry, OptionKind::text, "a list of strings");
    } else if (entry.key == "seeds") {
      const auto ranges = entry.node->value_exact<std::string>();  // "0-4999"
      draft.seeds = ranges ? Setting{entry.key, split_seeds(*ranges, entry.where), entry.where}
                           : required_list(entry, OptionKind::count, "a list of whole numbers");
    } else if (entry.key == "init") {
      draft.schemes = read_schemes(entry, file);
    } else if (entry.key == "train") {
      draft.train = read_train(entry, file);
    } else {
      fail_unknown_key(entry.where, entry.key, "");
    }
  }
  if (draft.train.empty()) draft.train.emplace_back();
  if (dataset)  // a train option too, which stands at the top because it is the experiment's
                // subject
    for (auto& alternative : draft.train) alternative.insert(alternative.begin(), *dataset);
  return draft;
}

}  // namespace fanin
