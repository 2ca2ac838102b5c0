#include "experiments/reproduce/evidence.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "experiments/record/standing.hpp"
#include "experiments/report/tables.hpp"
#include "framework/core/error.hpp"

namespace fanin {

void Evidence::add(const Sweep& sweep, const std::filesystem::path& folder) {
  Records records;
  for (const Run& run : sweep.runs)
    records.push_back(
        ended_log(run_files(folder, run.name), train_command(run.options), Depth::curves));
  folders_.emplace(sweep.name, Folder{sweep, folder, std::move(records)});
}

std::vector<Ran> Evidence::runs(const Source& source) const {
  const auto& [sweep, path, records] = folders_.at(source.spec);
  std::vector<Ran> found;
  for (std::size_t i = 0; i < sweep.runs.size(); ++i) {
    const Run& run = sweep.runs[i];
    Axes axes = run.axes;
    std::erase_if(axes, [&](const auto& axis) { return axis.first == source.least_of; });
    if (!source.init.empty() && run.init != source.init) continue;
    if (!source.panel.empty() && panel_name(axes) != source.panel) continue;
    if (!records[i] || outcome(*records[i], sweep.target_accuracy) == Outcome::failed)
      throw Error("{}: run {} is missing", source.spec, run.name);
    found.push_back({run, *records[i], path});
  }
  if (found.empty())
    throw Error("{}: no run of {} in \"{}\"", source.spec, source.init, source.panel);
  return found;
}

Numbers numbers(const Source& source, const Evidence& evidence) {
  Numbers values;
  if (const auto* of_draw = std::get_if<Measure::OfDraw>(&source.measure->of)) {
    for (std::uint64_t seed = 0; seed < source.seeds; ++seed) {
      Draw draw{source.init, seed, Generator(seed)};
      values.push_back((*of_draw)(draw, source.at));
    }
  } else if (const auto* of_runs = std::get_if<Measure::OfRuns>(&source.measure->of)) {
    values = (*of_runs)(evidence.runs(source), source.at);
  } else {
    std::map<std::uint64_t, Numbers> seeds;
    for (const Ran& ran : evidence.runs(source))
      seeds[ran.run.seed].push_back(std::get<Measure::OfRun>(source.measure->of)(ran, source.at));
    for (const auto& [seed, of_seed] : seeds) values.push_back(std::ranges::min(of_seed));
  }
  for (const Source& divisor : source.over) {
    const Numbers by = numbers(divisor, evidence);
    for (std::size_t i = 0; i < values.size(); ++i)
      if (std::isfinite(values[i])) values[i] /= by.at(i);
  }
  return values;
}

}  // namespace fanin
