#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace fanin {

// What a JSON text says. Throws Error where it is none, or nested so deeply that copying, comparing
// and printing it, which recurse, would run out of stack.
nlohmann::json parse_json(std::string_view text);

// The text of a value, in one line unless an indent is given; what is no UTF-8 in it is replaced.
std::string dump_json(const nlohmann::json& value, int indent = -1);
std::string dump_json(const nlohmann::ordered_json& value, int indent = -1);

// What an object has under a key; throws Error where it has nothing, or nothing of the kind.
const nlohmann::json& member(const nlohmann::json& object, const char* key);
std::string text(const nlohmann::json& object, const char* key);
std::size_t count(const nlohmann::json& object, const char* key);
double number(const nlohmann::json& object, const char* key);  // null is NaN

}  // namespace fanin
