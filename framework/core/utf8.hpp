#pragma once

#include <string_view>

#include "framework/core/precision.hpp"

namespace fanin::inline FANIN_PRECISION {

bool is_utf8(std::string_view text);  // as JSON, safetensors and TOML take nothing else

}  // namespace fanin::inline FANIN_PRECISION
