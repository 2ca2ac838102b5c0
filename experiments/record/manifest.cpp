#include "experiments/record/manifest.hpp"

#include <nlohmann/json.hpp>
#include <set>

#include "experiments/record/json_text.hpp"
#include "framework/core/error.hpp"
#include "framework/core/say.hpp"

namespace fanin {

std::string join_manifests(const std::vector<std::string>& texts) {
  using Json = nlohmann::json;
  std::set<Json> all;
  for (const std::string& text : texts) {
    Json one;
    try {
      one = parse_json(text);
    } catch (const Error& error) {
      if (!text.empty()) say("fanin: warning: a manifest.json is left out: {}\n", error.what());
      continue;
    }
    if (!one.is_object()) continue;
    if (const auto others = one.find("others"); others != one.end()) {
      if (others->is_array()) all.insert(others->begin(), others->end());
      one.erase(others);
    }
    all.insert(std::move(one));
  }
  if (all.empty()) return "";
  Json first = *all.begin();
  all.erase(all.begin());
  if (!all.empty()) first["others"] = all;
  return dump_json(first, 2) + "\n";
}

}  // namespace fanin
