#pragma once

#include <string>
#include <string_view>

#include "framework/core/precision.hpp"

namespace fanin::FANIN_PRECISION {

bool is_utf8(std::string_view text);  // as JSON, safetensors and TOML take nothing else

// The text in quotes, escaped as JSON and TOML both read it; throws Error if it is not UTF-8.
std::string json_string(std::string_view text);

}  // namespace fanin::FANIN_PRECISION
