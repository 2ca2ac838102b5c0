#include "experiments/record/json_text.hpp"

#include <fmt/format.h>

#include <limits>
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

std::string dump_json(const nlohmann::ordered_json& value, int indent) {
  return value.dump(indent, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

const nlohmann::json& member(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end()) throw Error("\"{}\" is missing", key);
  return *found;
}

std::string text(const nlohmann::json& object, const char* key) {
  const nlohmann::json& value = member(object, key);
  if (!value.is_string()) throw Error("\"{}\" is not a string", key);
  return value.get<std::string>();
}

std::size_t count(const nlohmann::json& object, const char* key) {
  const nlohmann::json& value = member(object, key);
  if (!value.is_number_unsigned()) throw Error("\"{}\" is not a whole number", key);
  return value.get<std::size_t>();
}

double number(const nlohmann::json& object, const char* key) {
  const nlohmann::json& value = member(object, key);
  if (value.is_null()) return std::numeric_limits<double>::quiet_NaN();
  if (!value.is_number()) throw Error("\"{}\" is not a number", key);
  return value.get<double>();
}

}  // namespace fanin
