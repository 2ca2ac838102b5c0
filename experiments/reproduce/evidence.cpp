#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "experiments/record/standing.hpp"
#include "experiments/report/tables.hpp"
#include "experiments/reproduce/claims.hpp"
#include "framework/core/error.hpp"

namespace fanin {

void Evidence::add(const Sweep& sweep, const std::filesystem::path& folder) {
  Records records;
  for (const Run& run : sweep.runs)
    records.push_back(
        ended_log(run_files(folder, run.name), train_command(run.options), Depth::curves));
  sweeps_.emplace(sweep.name, sweep);
  records_.emplace(sweep.name, std::move(records));
  folders_.emplace(sweep.name, folder);
}

std::vector<double> Evidence::of(const std::string& spec, const std::string& init,
                                 const Measure& measure, const std::string& panel) const {
  const Sweep& sweep = sweeps_.at(spec);
  const Records& records = records_.at(spec);
  std::vector<double> values;
  for (std::size_t i = 0; i < sweep.runs.size(); ++i) {
    const Run& run = sweep.runs[i];
    if (run.init != init || (!panel.empty() && panel_name(run.axes) != panel)) continue;
    if (!records[i] || outcome(*records[i], sweep.target_accuracy) == Outcome::failed)
      throw Error(fmt::format("{}: run {} is missing", spec, run.name));
    values.push_back(measure(*records[i]));
  }
  if (values.empty()) throw Error(fmt::format("{}: no run of {} in \"{}\"", spec, init, panel));
  return values;
}

std::function<double(const RunRecord&)> accuracy_after(std::size_t epoch) {
  return [epoch](const RunRecord& record) {
    double accuracy = 0;  // of a run that diverged before
    for (const Evaluation& at : record.evaluations)
      if (at.epoch == epoch) accuracy = at.test_accuracy;
    return accuracy;
  };
}

std::function<double(const RunRecord&)> steps_to(double accuracy) {
  return [accuracy](const RunRecord& record) {
    for (const Evaluation& at : record.evaluations)
      if (at.test_accuracy >= accuracy) return static_cast<double>(at.step);
    return std::numeric_limits<double>::infinity();
  };
}

}  // namespace fanin
