// Tables of rows with names, from which a user chooses one.
#pragma once

#include <algorithm>
#include <string>
#include <type_traits>
#include <vector>

#include "framework/core/error.hpp"
#include "framework/core/text.hpp"
#include "init/named_options.hpp"

namespace fanin {

// The names of a table's rows. The rows may also be the names themselves.
template <class Table>
std::vector<std::string> names_of(const Table& table) {
  std::vector<std::string> names;
  for (const auto& row : table)
    if constexpr (std::is_convertible_v<decltype(row), std::string>)
      names.emplace_back(row);
    else
      names.emplace_back(row.name);
  return names;
}

// "a, b or c"
inline std::string alternatives(std::vector<std::string> names, const char* before_last = " or ") {
  const std::string last = names.back();
  names.pop_back();
  return names.empty() ? last : join(names, ", ") + before_last + last;
}

// Finds a row by its name. Throws UsageError for an unknown name.
template <class Table>
const auto& choose(const Table& table, const std::string& name) {
  const std::vector<std::string> names = names_of(table);
  const auto found = std::ranges::find(names, name);
  if (found == names.end())
    throw UsageError("must be one of {}, not \"{}\"{}", join(names, ", "), name,
                     did_you_mean(name, names));
  return table[static_cast<std::size_t>(found - names.begin())];
}

}  // namespace fanin
