#include "experiments/report/summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "experiments/report/figures.hpp"
#include "experiments/report/peer.hpp"
#include "experiments/report/tables.hpp"
#include "experiments/run/files.hpp"
#include "framework/core/error.hpp"
#include "init/named_options.hpp"

namespace fanin {
namespace {

std::vector<Curve> curves(const Sweep& sweep, const Records& records) {
  std::vector<Curve> result;
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (!records[i]) continue;
    const Run& run = sweep.runs[i];
    Curve curve{run.init, panel_name(run.axes), run.seed, {}};
    for (const Evaluation& at : records[i]->evaluations)
      curve.points.push_back({at.step, at.train_loss, at.test_loss, at.test_accuracy});
    result.push_back(std::move(curve));
  }
  return result;
}

// How many different units the hidden layers have, by their number, run by run over the steps;
// nothing where most start with weights of their own.
std::vector<UnitsPoint> units_points(const Sweep& sweep, const Records& records) {
  std::vector<UnitsPoint> result;
  bool equal = false;
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (!records[i]) continue;
    for (const LayerSignals& look : records[i]->layers) {
      std::size_t units = 0, distinct = 0, last_units = 0, last_distinct = 0;
      for (const LayerSignal& layer : look.layers) {
        if (layer.units == 0) continue;
        units += last_units, distinct += last_distinct;  // the last layer's have labels to meet
        last_units = layer.units, last_distinct = layer.distinct;
      }
      if (units == 0) continue;
      const double share = static_cast<double>(distinct) / static_cast<double>(units);
      equal = equal || (look.step == 0 && share < 0.5);
      result.push_back({sweep.runs[i].init, panel_name(sweep.runs[i].axes), look.step, share});
    }
  }
  return equal ? result : std::vector<UnitsPoint>();
}

// The layers with weights before training, run by run.
std::vector<LayerPoint> layer_points(const Sweep& sweep, const Records& records) {
  std::vector<LayerPoint> result;
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (!records[i] || records[i]->layers.empty()) continue;
    std::size_t place = 0;
    for (const LayerSignal& layer : records[i]->layers.front().layers)
      if (layer.weighted)
        result.push_back({sweep.runs[i].init, panel_name(sweep.runs[i].axes), ++place, layer.std,
                          layer.expected_std.value_or(std::nan("")), layer.gradient_std});
  }
  return result;
}

// One scheme under several values of one of its options, over depths; nothing of another sweep.
struct Grid {
  std::string setting;  // the option
  std::vector<GridCell> cells;
};

Grid grid_of(const Sweep& sweep, const Records& records) {
  std::map<std::string, std::set<std::string>> values;  // of each option of the inits
  std::set<std::string> schemes;
  for (const Run& run : sweep.runs) {
    if (run.axes.size() != 1 || run.axes.front().first != "depth") return {};
    if (run.init.find('{') != std::string::npos) return {};
    const NamedOptions init(run.init);
    schemes.insert(init.name());
    for (const auto& [key, value] : init.all()) values[key].insert(value);
  }
  std::erase_if(values, [](const auto& option) { return option.second.size() < 3; });
  if (schemes.size() != 1 || values.size() != 1) return {};
  Grid grid{values.begin()->first, {}};
  std::map<std::pair<double, double>, std::vector<double>> accuracies;
  std::map<double, double> reach;
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (!records[i] || !records[i]->end) continue;
    const double setting = NamedOptions(sweep.runs[i].init).number(grid.setting, 0);
    const double depth = std::stod(sweep.runs[i].axes.front().second);
    const auto& looks = records[i]->layers;
    if (!looks.empty() && looks.front().depth_scale)
      reach[setting] = 6 * *looks.front().depth_scale;
    const double accuracy = last_evaluation(*records[i]).test_accuracy;
    accuracies[{setting, depth}].push_back(std::isfinite(accuracy) ? accuracy : 0);
  }
  for (auto& [at, reached] : accuracies)
    grid.cells.push_back({at.first, at.second, median(reached),
                          reach.contains(at.first) ? reach[at.first] : std::nan("")});
  return grid;
}

// Draws what there is to draw, and says how much it was; a warning where it cannot.
std::size_t draw(const Sweep& sweep, const Records& records, const std::filesystem::path& folder) {
  const std::string title = sweep_title(sweep);
  std::size_t drawn = 0;
  try {
    const auto script = find_shipped("report/render.mjs");
    if (script.empty()) throw Error("experiments/report/render.mjs is not there");
    std::filesystem::create_directories(folder / "figures");
    const auto write = [&](const char* name, const nlohmann::json& spec) {
      write_figure(spec, script, folder / "figures" / name);
      ++drawn;
    };
    const auto peer = find_shipped("peer/curves.csv");
    write("convergence.svg",
          convergence_figure(title, curves(sweep, records),
                             peer.empty() ? std::vector<Curve>() : pytorch_curves(sweep, peer)));
    if (const auto points = units_points(sweep, records); !points.empty())
      write("units.svg", units_figure(title, points));
    if (const auto points = layer_points(sweep, records); !points.empty())
      write("layers.svg", layers_figure(title, points));
    if (const Grid grid = grid_of(sweep, records); !grid.cells.empty())
      write("phases.svg", heat_map(title, grid.setting, grid.cells));
  } catch (const std::exception& error) {  // the numbers are safe; only their picture is missing
    fmt::print(stderr, "fanin: warning: no figure for {}: {}\n", sweep.name, error.what());
  }
  return drawn;
}

}  // namespace

std::filesystem::path log_path(const Run& run, const std::filesystem::path& folder) {
  return folder / "runs" / (run.name + ".jsonl");
}

std::filesystem::path weights_path(const Run& run, const std::filesystem::path& folder) {
  return folder / "runs" / (run.name + ".safetensors");
}

std::optional<RunRecord> find_record(const Run& run, const std::filesystem::path& folder) {
  const auto log = log_path(run, folder);
  std::error_code error;
  if (!std::filesystem::exists(log, error)) return std::nullopt;
  const std::filesystem::path model = run.options.model;
  if (std::filesystem::is_regular_file(model, error) &&
      std::filesystem::last_write_time(model, error) > std::filesystem::last_write_time(log, error))
    return std::nullopt;  // the model's text was changed since
  try {
    RunRecord record = read_log(log);
    if (record.end && record.command == train_command(run.options)) return record;
  } catch (const Error&) {  // a damaged log is no log: the run is repeated
  }
  return std::nullopt;
}

void summarise(const Sweep& sweep, const std::filesystem::path& folder, bool print_table) {
  Records records;
  for (const Run& run : sweep.runs) records.push_back(find_record(run, folder));
  if (std::ranges::none_of(records, [](const auto& record) { return record.has_value(); })) return;
  write_file(folder / "summary.csv", summary_csv(sweep, records));
  write_file(folder / "timings.csv", timings_csv(sweep, records));
  write_file(folder / "statistics.csv", statistics_csv(sweep, records));
  write_file(folder / "comparisons.csv", comparisons_csv(sweep, records));
  if (print_table) fmt::print("\n{}\n", summary_table(sweep, records));
  std::fflush(stdout);
  const std::size_t drawn = draw(sweep, records, folder);
  fmt::print(stderr, "{}: {}{}\n", sweep.name, (folder / "summary.csv").string(),
             drawn > 0
                 ? fmt::format(" and {} figure(s) in {}", drawn, (folder / "figures").string())
                 : "");
}

}  // namespace fanin
