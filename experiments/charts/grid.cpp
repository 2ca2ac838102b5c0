#include "experiments/charts/grid.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "experiments/report/statistics.hpp"
#include "init/named_options.hpp"

namespace fanin {
namespace {

using Words = std::vector<std::string>;

bool numbers(const Words& values) {
  return std::ranges::all_of(
      values, [](const auto& value) { return parse_number<double>(value).has_value(); });
}

void add(Words& values, const std::string& value) {
  if (std::ranges::find(values, value) == values.end()) values.push_back(value);
}

// The option in which the inits of a sweep differ, where all are of one scheme and differ in just
// that.
std::string setting_of(const Words& inits) {
  std::map<std::string, std::set<std::string>> values;
  std::set<std::string> schemes;
  for (const std::string& name : inits) {
    if (name.find('{') != std::string::npos) return "";
    const NamedOptions init(name);
    schemes.insert(init.name());
    for (const auto& [key, value] : init.all()) values[key].insert(value);
  }
  std::erase_if(values, [](const auto& option) { return option.second.size() < 2; });
  const bool one = schemes.size() == 1 && values.size() == 1;
  return one && values.begin()->second.size() == inits.size() ? values.begin()->first : "";
}

constexpr const char* by_init = "init";

// Which axis lies along which side; no names where there is no grid.
Grid sides_of(const Sweep& sweep) {
  Grid grid;
  for (const Run& run : sweep.runs) add(grid.inits, run.init);
  if (sweep.runs.empty()) return {};
  const Axes& axes = sweep.runs.front().axes;
  const std::string setting = setting_of(grid.inits);
  if (axes.size() == 2) {
    grid.x = axes[0].first, grid.y = axes[1].first;
    if (grid.x == "depth") std::swap(grid.x, grid.y);  // layers are stacked
    return grid;
  }
  grid.inits.clear();
  if (axes.size() == 1 && !setting.empty())
    grid.x = setting, grid.y = axes[0].first;
  else if (axes.size() == 1)
    grid.x = axes[0].first, grid.y = by_init;
  return grid;
}

std::string side(const Run& run, const std::string& name) {
  if (name == by_init) return run.init;
  for (const auto& [key, value] : run.axes)
    if (key == name) return value;
  return NamedOptions(run.init).text(name, "");
}

}  // namespace

Grid grid_of(const Sweep& sweep, const Records& records) {
  Grid grid = sides_of(sweep);
  if (grid.x.empty()) return {};
  std::set<std::pair<std::string, std::string>> places;
  for (const Run& run : sweep.runs) {
    add(grid.xs, side(run, grid.x));
    add(grid.ys, side(run, grid.y));
    places.insert({side(run, grid.x), side(run, grid.y)});
  }
  const std::size_t wide = grid.xs.size(), high = grid.ys.size();
  const bool numbered = numbers(grid.xs) || numbers(grid.ys);
  const bool large = std::max(wide, high) >= 3 && std::min(wide, high) >= 2;
  if (!numbered || !large || places.size() != wide * high) return {};
  if (grid.y == by_init && wide < 3) return {};
  for (Words* values : {&grid.xs, &grid.ys})
    if (numbers(*values))
      std::ranges::sort(*values, {}, [](const auto& x) { return *parse_number<double>(x); });

  std::map<std::tuple<std::string, std::string, std::string>, std::vector<double>> accuracies;
  std::map<std::string, double> reach;  // by x
  const bool theory = grid.inits.empty() && grid.y == "depth";
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (!records[i] || !records[i]->end || records[i]->end->status == "failed") continue;
    const Run& run = sweep.runs[i];
    const auto& looks = records[i]->layers;
    if (!looks.empty() && looks.front().depth_scale && theory)
      reach[side(run, grid.x)] = 6 * *looks.front().depth_scale;
    const double accuracy = last_evaluation(*records[i]).test_accuracy;
    accuracies[{run.init, side(run, grid.x), side(run, grid.y)}].push_back(
        std::isfinite(accuracy) ? accuracy : 0);
  }
  for (const auto& [at, reached] : accuracies) {
    const auto& [init, x, y] = at;
    grid.cells.push_back(
        {init, x, y, median(reached), reach.contains(x) ? reach[x] : std::nan("")});
  }
  return grid;
}

}  // namespace fanin
