#include "experiments/run/json_text.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "framework/core/error.hpp"

namespace fanin {

nlohmann::json parse_json(std::string_view text) {
  static constexpr int deepest = 100;
  const auto watch = [](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
    if (depth > deepest) throw Error(fmt::format("JSON nested more than {} deep", deepest));
    return true;
  };
  try {
    return nlohmann::json::parse(text, watch);
  } catch (const nlohmann::json::exception& error) {
    throw Error(fmt::format("no JSON: {}", error.what()));
  }
}

}  // namespace fanin
