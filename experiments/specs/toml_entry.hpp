// Values of a TOML file with their keys and places, so that errors can name file and line.
#pragma once

#include <fmt/format.h>
#include <toml++/toml.h>

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "experiments/task/options.hpp"

namespace fanin {

// Reads a file. Throws UsageError with file, line and column if it is not TOML.
toml::table parse_toml(const std::filesystem::path& file);

// Throws UsageError for tables nested deeper than any sensible spec, as toml++ recurses over them.
void check_nesting(const std::string& text, const std::string& file);

// A value with its key, and where that key is written.
struct Entry {
  std::string file, key;
  const toml::node* node;
  toml::source_position place;

  std::string where() const { return fmt::format("{}:{}", file, place.line); }
};

// A string, a number or a truth value as text, or nothing.
std::optional<std::string> scalar(const toml::node& node);

[[noreturn]] void fail_type(const Entry& entry, const std::string& expected);  // UsageError

// A table's entries in the order in which they were written; toml++ sorts them by name. Throws
// UsageError if it is no table.
std::vector<Entry> entries(const Entry& table, const std::string& expected = "a table");
std::vector<Entry> elements(const Entry& list);  // throws UsageError for an empty list

// The name of a kind of value, and whether the node is of that kind.
std::pair<std::string, bool> match(const toml::node& node, OptionKind kind);
std::string read_value(const Entry& entry, OptionKind kind);  // throws UsageError for another kind

}  // namespace fanin
