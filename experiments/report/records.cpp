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

struct MoreThreads {
  explicit MoreThreads(std::size_t count) { set_threads(count); }
  ~MoreThreads() { set_threads(before); }
  MoreThreads(const MoreThreads&) = delete;
  MoreThreads& operator=(const MoreThreads&) = delete;
  std::size_t before = thread_count();
};

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
  const MoreThreads threads(others.size() < 100 ? 1 : std::min<std::size_t>(8, usable_cores()));
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
  std::map<std::string, std::size_t> first_of, first_of_model;  // by data set, by name
  std::optional<std::size_t> first;
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (!records[i]) continue;
    const TrainOptions& options = sweep.runs[i].options;
    const std::string set =
        fmt::format("{}\n{}\n{}", options.dataset, options.data_dir, options.holdout);
    const auto of = [&](std::size_t run) -> const RunStart& { return records[run]->start; };
    if (const std::string& data = of(i).data; !data.empty()) {
      const std::size_t other = first_of.try_emplace(set, i).first->second;
      if (of(other).data != data && mixture.data.empty())
        mixture.data = fmt::format("{} and {} are of other data, though both of {}",
                                   sweep.runs[other].name, sweep.runs[i].name, options.dataset);
    }
    if (!of(i).model.empty()) {
      const std::size_t other = first_of_model.try_emplace(options.model, i).first->second;
      if (of(other).model != of(i).model && mixture.model.empty())
        mixture.model = fmt::format("{} and {} are of other models, though both of {}",
                                    sweep.runs[other].name, sweep.runs[i].name, options.model);
    }
    if (of(i).version.empty()) continue;
    if (!first) first = i;
    if (of(*first).version != of(i).version && mixture.kernels.empty())
      mixture.kernels =
          fmt::format("{} is of {}, {} of {}: the last digits may differ", sweep.runs[*first].name,
                      of(*first).version, sweep.runs[i].name, of(i).version);
  }
  return mixture;
}

}  // namespace fanin
