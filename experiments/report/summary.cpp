#include "experiments/report/summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <numeric>
#include <set>
#include <utility>

#include "experiments/report/tables.hpp"
#include "experiments/task/shipped.hpp"
#include "framework/core/error.hpp"
#include "framework/core/parallel.hpp"

namespace fanin {
namespace {

// The file of its model may have changed since: results are judged by what is in their folder.
bool is_of(const RunStart& start, const Run& run) {
  return start.command == train_command(run.options);
}

template <class Read>  // from a path
std::optional<RunRecord> find_ended(const Run& run, const std::filesystem::path& folder,
                                    const Read& read) {
  auto record = sound_log(log_path(run, folder), read);
  return record && record->end && is_of(record->start, run) ? std::move(record) : std::nullopt;
}

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

std::filesystem::path log_path(const Run& run, const std::filesystem::path& folder) {
  return folder / "runs" / (run.name + ".jsonl");
}

std::filesystem::path weights_path(const Run& run, const std::filesystem::path& folder) {
  return folder / "runs" / (run.name + ".safetensors");
}

std::optional<RunRecord> find_record(const Run& run, const std::filesystem::path& folder,
                                     Histograms histograms) {
  return find_ended(run, folder, [&](const auto& log) { return read_log(log, histograms); });
}

std::optional<RunRecord> find_ends(const Run& run, const std::filesystem::path& folder) {
  return find_ended(run, folder, read_log_ends);
}

std::optional<RunRecord> find_checked(const Run& run, const std::filesystem::path& folder) {
  return find_ended(run, folder, read_log_checked);
}

std::size_t rows_of(const std::filesystem::path& table) {
  std::ifstream file(table);
  const auto lines = std::count(std::istreambuf_iterator<char>(file), {}, '\n');
  return static_cast<std::size_t>(std::max<std::ptrdiff_t>(lines, 1) - 1);
}

std::string log_fault(const Run& run, const std::filesystem::path& folder) {
  const auto log = log_path(run, folder);
  if (!is_there(log) || find_record(run, folder)) return "";
  try {
    const RunRecord record = read_log(log);
    return log.string() + (record.end ? ": is of other settings" : ": has no end");
  } catch (const Error& damage) {
    return damage.what();
  }
}

void find_records(const Sweep& sweep, const std::filesystem::path& folder,
                  const std::vector<std::size_t>& runs, Records& records, bool growing) {
  const auto find = [&](std::size_t i, Histograms histograms) {
    records[i] = find_record(sweep.runs[i], folder, histograms);
    if (!records[i] && growing) records[i] = growing_record(sweep.runs[i], folder, histograms);
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
    if (wanted[i] && is_drawn) find(i, Histograms::with);
    if (!wanted[i] && !is_drawn) forget_details(*records[i]);
    if (is_drawn && records[i] && !records[i]->layers.empty()) drawn.insert(std::move(key));
  }
  const MoreThreads threads(others.size() < 100 ? 1 : std::min<std::size_t>(8, usable_cores()));
  parallel_for(others.size(), 1, [&](std::size_t first, std::size_t last) {
    for (std::size_t at = first; at < last; ++at) {
      find(others[at], Histograms::without);
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

std::filesystem::path growing_log_path(const Run& run, const std::filesystem::path& folder) {
  std::filesystem::path path = log_path(run, folder);
  path += ".part";
  return path;
}

std::optional<RunRecord> growing_record(const Run& run, const std::filesystem::path& folder,
                                        Histograms histograms) {
  auto record = sound_log(growing_log_path(run, folder),
                          [&](const auto& log) { return read_log(log, histograms); });
  return record && is_of(record->start, run) ? std::move(record) : std::nullopt;
}

}  // namespace fanin
