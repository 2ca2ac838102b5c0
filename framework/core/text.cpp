#include "framework/core/text.hpp"

#include <nlohmann/json.hpp>

#include "framework/core/error.hpp"

namespace fanin::FANIN_PRECISION {

std::string json_string(std::string_view text) {
  try {
    return nlohmann::json(text).dump();
  } catch (const nlohmann::json::exception&) {
    throw Error("a text is not UTF-8, which JSON must be");
  }
}

bool is_utf8(std::string_view text) {
  try {
    return !json_string(text).empty();
  } catch (const Error&) {
    return false;
  }
}

}  // namespace fanin::FANIN_PRECISION
