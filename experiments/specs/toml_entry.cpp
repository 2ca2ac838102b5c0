#include "experiments/specs/toml_entry.hpp"

#include <algorithm>
#include <string_view>

#include "experiments/specs/spec_draft.hpp"
#include "framework/io/whole_file.hpp"

namespace fanin {
namespace {

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

}  // namespace

toml::table parse_toml(const std::filesystem::path& file) {
  const std::string text = read_file(file, std::size_t{1} << 24);
  check_nesting(text, file.string());
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& error) {
    const auto& begin = error.source().begin;
    fail(fmt::format("{}:{}:{}", file.string(), begin.line, begin.column), "{}",
         error.description());
  }
}

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

std::optional<std::string> scalar(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* value = node.as_integer()) return fmt::to_string(value->get());
  if (const auto* value = node.as_floating_point()) return fmt::to_string(value->get());
  if (const auto* value = node.as_boolean()) return value->get() ? "true" : "false";
  return std::nullopt;
}

void fail_type(const Entry& entry, const std::string& expected) {
  const toml::node& node = *entry.node;
  std::string got = node.is_array() ? "a list" : node.is_table() ? "a table" : "a date or time";
  got = scalar(node).value_or(got);
  if (node.is_string()) got = fmt::format("the string \"{}\"", got);
  fail(entry.where(), "{} must be {}, not {}", entry.key, expected, got);
}

std::vector<Entry> entries(const Entry& table, const std::string& expected) {
  if (!table.node->is_table()) fail_type(table, expected);
  std::vector<Entry> result;
  for (auto&& [key, node] : *table.node->as_table())
    result.push_back({table.file, std::string(key.str()), &node, key.source().begin});
  std::ranges::sort(result, [](const Entry& a, const Entry& b) { return a.place < b.place; });
  return result;
}

std::vector<Entry> elements(const Entry& list) {
  std::vector<Entry> result;
  for (const toml::node& value : *list.node->as_array())
    result.push_back({list.file, list.key, &value, list.place});
  if (result.empty()) fail(list.where(), "{} must not be an empty list", list.key);
  return result;
}

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

}  // namespace fanin
