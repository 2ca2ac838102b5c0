#include "framework/core/utf8.hpp"

#include <nlohmann/json.hpp>

namespace fanin::inline FANIN_PRECISION {

bool is_utf8(std::string_view text) {
  try {
    return !nlohmann::json(text).dump().empty();
  } catch (const nlohmann::json::exception&) {
    return false;
  }
}

}  // namespace fanin::inline FANIN_PRECISION
