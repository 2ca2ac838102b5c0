#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "framework/core/precision.hpp"

namespace fanin::FANIN_PRECISION {

bool is_utf8(std::string_view text);  // JSON, safetensors and TOML take nothing else

// The text in quotes, escaped as both JSON and TOML read it; throws Error if it is not UTF-8.
std::string json_string(std::string_view text);

// Joins strings or whole numbers: {"a", "b"} and ", " give "a, b". fmt::join does the same, but its
// header takes a quarter of a second in every file that includes it.
template <class Items>
std::string join(const Items& items, std::string_view separator) {
  std::string text;
  bool first = true;
  for (const auto& item : items) {
    if (!first) text += separator;
    first = false;
    if constexpr (std::is_convertible_v<decltype(item), std::string_view>) {
      text += item;
    } else {
      text += fmt::format_int(item).c_str();
    }
  }
  return text;
}

// Prints a message for people on stderr. A run goes on even if nobody can read it.
template <class... T>
void say(fmt::format_string<T...> format, T&&... values) {
  std::fputs(fmt::format(format, std::forward<T>(values)...).c_str(), stderr);
}

// Prints a result of a sweep on stdout. If that fails, the program says so when it ends.
template <class... T>
void show(fmt::format_string<T...> format, T&&... values) {
  std::fputs(fmt::format(format, std::forward<T>(values)...).c_str(), stdout);
  std::fflush(stdout);
}

}  // namespace fanin::FANIN_PRECISION
