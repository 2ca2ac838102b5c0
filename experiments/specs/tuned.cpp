#include "experiments/specs/tuned.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "init/named_options.hpp"

namespace fanin {
namespace {

double read_allowance(const Setting& setting) {
  const auto number = parse_number<double>(setting.values.front());
  if (!number || !(*number >= 0))
    fail(setting.where, "allowance must be a number of at least 0, not \"{}\"",
         setting.values.front());
  return *number;
}

}  // namespace

void apply_tuned(Draft& draft, Sweep& sweep, const std::vector<Tuned>& choices) {
  for (const Setting& grid : draft.tune)
    if (grid.key == "holdout")
      fail(grid.where, "holdout cannot be tuned: tuning holds out training images itself");
  for (const Setting& grid : draft.tune) sweep.tune.emplace_back(grid.key, grid.values);
  for (const Tuned& choice : choices) {
    auto& table = draft.tuned.emplace_back();
    table.push_back({"init", {choice.init}, draft.where});
    for (const Axes* part : {&choice.axes, &choice.values})
      for (const auto& [key, value] : *part) table.push_back({key, {value}, draft.where});
    table.push_back({"allowance", {fmt::to_string(choice.allowance)}, draft.where});
  }
  for (const auto& table : draft.tuned) {
    Tuned& tuned = sweep.tuned.emplace_back();
    for (const Setting& setting : table) {
      const std::string& value = setting.values.front();
      if (setting.key == "init")
        tuned.init = value;
      else if (setting.key == "allowance")
        tuned.allowance = read_allowance(setting);
      else
        (sweep.tunes(setting.key) ? tuned.values : tuned.axes).emplace_back(setting.key, value);
    }
  }
  if (sweep.tuned.empty()) return;
  for (Run& run : sweep.runs) {
    const Tuned* found = sweep.tuned_for(run.init, run.axes);
    if (found == nullptr)
      fail(draft.where, "no [[tuned]] table is for {}; remove all of them to tune again", run.name);
    if (found->values.size() != sweep.tune.size())
      fail(draft.where, "the [[tuned]] table of {} lacks a key of [tune]", run.init);
    for (const auto& [key, value] : found->values)
      if (const auto wrong = find_spec_option(key)->set(run.options, value); !wrong.empty())
        fail(draft.where, "[[tuned]] {} {}", key, wrong);
    check_train_options(run.options);
  }
}

}  // namespace fanin
