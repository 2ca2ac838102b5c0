#include "experiments/record/json_text.hpp"

#include <nlohmann/json.hpp>

#include "framework/core/error.hpp"

namespace fanin {

nlohmann::json parse_json(std::string_view text) {
  static constexpr int deepest = 100;
  const auto watch = [](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
    if (depth > deepest) throw Error("JSON nested more than {} deep", deepest);
    return true;
  };
  try {
    return nlohmann::json::parse(text, watch);
  } catch (const nlohmann::json::exception& error) {
    throw Error("no JSON: {}", error.what());
  }
}

std::string dump_json(const nlohmann::json& value, int indent) {
  return value.dump(indent, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace fanin
