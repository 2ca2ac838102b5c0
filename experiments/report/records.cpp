#include "experiments/report/records.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <utility>

#include "experiments/record/standing.hpp"
#include "experiments/report/tables.hpp"
#include "framework/core/parallel.hpp"

namespace fanin {
namespace {

// What no table and no figure shows, all but a kilobyte or two.
void forget_details(RunRecord& record) {
  record.steps = {};
  for (LayerSignals& look : record.layers) {
    look.distinct = distinct_share(look);
    const bool first = &look == &record.layers.front();
    std::erase_if(look.layers, [first](const LayerSignal& s) { return !first || !s.weighted; });
    for (LayerSignal& layer : look.layers) layer.outputs = {}, layer.gradients = {};
    look.layers.shrink_to_fit();
  }
}

}  // namespace

void find_records(const Sweep& sweep, const std::filesystem::path& folder,
                  const std::vector<std::size_t>& runs, Records& records, bool growing) {
  const auto find = [&](std::size_t i, Depth depth) {
    const RunFiles files = run_files(folder, sweep.runs[i].name);
    const std::string command = train_command(sweep.runs[i].options);
    records[i] = ended_log(files, command, depth);
    if (!records[i] && growing) records[i] = growing_log(files, command, depth);
  };
  std::vector<bool> wanted(records.size());
  for (const std::size_t i : runs) wanted[i] = true;
  std::set<std::pair<std::string, std::string>> drawn;  // init, panel
  std::vector<std::size_t> others;
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (!wanted[i] && !records[i]) continue;
    std::pair key(sweep.runs[i].init, panel_name(sweep.runs[i].axes));
    const bool is_drawn = !drawn.contains(key);
    if (wanted[i] && !is_drawn) others.push_back(i);
    if (wanted[i] && is_drawn) find(i, Depth::all);
    if (!wanted[i] && !is_drawn) forget_details(*records[i]);
    if (is_drawn && records[i] && !records[i]->layers.empty()) drawn.insert(std::move(key));
  }
  const struct Restored {
    std::size_t threads = thread_count();
    ~Restored() { set_threads(threads); }
  } restored;
  set_threads(others.size() < 100 ? 1 : std::min<std::size_t>(8, usable_cores()));
  parallel_for(others.size(), 1, [&](std::size_t first, std::size_t last) {
    for (std::size_t at = first; at < last; ++at) {
      find(others[at], Depth::curves);
      if (auto& record = records[others[at]]) forget_details(*record);
    }
  });
}

Records find_records(const Sweep& sweep, const std::filesystem::path& folder) {
  Records records(sweep.runs.size());
  std::vector<std::size_t> all(records.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  find_records(sweep, folder, all, records);
  return records;
}

Mixture mixture_of(const Sweep& sweep, const Records& records) {
  Mixture mixture;
  std::map<std::string, std::size_t> first;  // by what has to be the same
  // Names the first run of a group in which `what` differs from that of run i, if it is known.
  const auto compare = [&](std::size_t i, const std::string& group, std::string RunStart::*what) {
    const std::string& ours = records[i]->start.*what;
    if (ours.empty()) return i;
    const std::size_t other = first.try_emplace(group, i).first->second;
    return records[other]->start.*what == ours ? i : other;
  };
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (!records[i]) continue;
    const auto& [name, init, seed, axes, options] = sweep.runs[i];
    const std::string set =
        fmt::format("data\n{}\n{}\n{}", options.dataset, options.data_dir, options.holdout);
    const std::size_t data = compare(i, set, &RunStart::data),
                      model = compare(i, "model\n" + options.model, &RunStart::model),
                      kernels = compare(i, "", &RunStart::version);
    if (data != i && mixture.data.empty())
      mixture.data = fmt::format("{} and {} are of other data, though both of {}",
                                 sweep.runs[data].name, name, options.dataset);
    if (model != i && mixture.model.empty())
      mixture.model = fmt::format("{} and {} are of other models, though both of {}",
                                  sweep.runs[model].name, name, options.model);
    if (kernels != i && mixture.kernels.empty())
      mixture.kernels =
          fmt::format("{} is of {}, {} of {}: the last digits may differ", sweep.runs[kernels].name,
                      records[kernels]->start.version, name, records[i]->start.version);
  }
  return mixture;
}

}  // namespace fanin
