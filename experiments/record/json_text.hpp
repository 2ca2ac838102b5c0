#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace fanin {

// What a JSON text says. Throws Error if it is no JSON, or nested so deeply that copying, comparing
// and printing it, which recurse, would run out of stack.
nlohmann::json parse_json(std::string_view text);

// The text of a value, in one line unless an indent is given; what is no UTF-8 in it is replaced.
std::string dump_json(const nlohmann::json& value, int indent = -1);

}  // namespace fanin
