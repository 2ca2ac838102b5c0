#include "experiments/charts/panels.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "experiments/report/tables.hpp"

namespace fanin {

std::vector<Panel> panels_of(const Sweep& sweep, const Records& records,
                             const std::function<bool(const RunRecord&)>& test) {
  std::vector<Panel> panels;
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (!records[i] || !test(*records[i])) continue;
    const std::string name = panel_name(sweep.runs[i].axes);
    auto panel = std::ranges::find(panels, name, &Panel::name);
    if (panel == panels.end()) panel = panels.insert(panel, {name, {}});
    panel->runs.push_back({sweep.runs[i], *records[i]});
  }
  return panels;
}

void keep_common(Seeds& seeds) {
  const auto runs = [](const Fields& fields) { return fields.begin()->second.size(); };
  for (auto& [init, places] : seeds) {
    std::size_t most = 0;
    for (const auto& [place, fields] : places) most = std::max(most, runs(fields));
    std::erase_if(places, [&](const auto& place) { return 2 * runs(place.second) < most; });
  }
}

nlohmann::json median_rows(const Seeds& seeds, const std::string& place_name) {
  nlohmann::json rows = nlohmann::json::array();
  for (const auto& [init, places] : seeds) {
    for (const auto& [place, fields] : places) {
      nlohmann::json row = {{"init", init}, {place_name, place}};
      for (const auto& [field, values] : fields) row[field] = median(values);
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

}  // namespace fanin
