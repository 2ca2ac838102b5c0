#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

namespace fanin {

// What a JSON text says. Throws Error where it is none, or nested so deeply that copying, comparing
// and printing it, which recurse, would run out of stack.
nlohmann::json parse_json(std::string_view text);

}  // namespace fanin
