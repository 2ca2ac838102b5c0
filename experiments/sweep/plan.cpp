#include "experiments/sweep/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "experiments/report/summary.hpp"
#include "experiments/run/checkpoint.hpp"
#include "experiments/run/cost.hpp"
#include "experiments/run/datasets.hpp"
#include "experiments/run/environment.hpp"
#include "experiments/run/files.hpp"
#include "experiments/run/models.hpp"
#include "framework/core/error.hpp"

namespace fanin {
namespace {

namespace fs = std::filesystem;

constexpr const char* ways_out = "--fresh replaces them, --out DIR leaves them alone";

// A data set with what every run on it needs; read once for all of them.
struct KnownData {
  nlohmann::json manifest;
  std::string sha256;
  Batch image;
  std::size_t classes, samples;
};

using DataByOptions = std::map<std::string, KnownData>;

std::string data_key(const TrainOptions& options) {
  return options.dataset + '\n' + options.data_dir + '\n' + std::to_string(options.holdout);
}

// Throws Error when a set is not there or not what it should be.
DataByOptions read_data(const std::vector<Job>& jobs) {
  DataByOptions known;
  for (const Job& job : jobs) {
    const TrainOptions& options = job.run->options;
    if (known.contains(data_key(options))) continue;
    const Data data = load_data(options);
    const std::int64_t first = 0;
    known[data_key(options)] = {data_manifest(options, data), sha256_of(data),
                                Batcher(data.train)(&first, 1), classes_of(data), data.train.count};
  }
  return known;
}

// An image goes through every network before the first run starts, so that one which does not fit
// its data is refused here, and what its runs cost is known; throws UsageError.
void check_networks(std::vector<Job>& jobs, const DataByOptions& known) {
  std::map<std::string, std::shared_ptr<Module>> models;  // by model and data
  for (Job& job : jobs) {
    const TrainOptions& options = job.run->options;
    const KnownData& data = known.at(data_key(options));
    auto& model = models[data_key(options) + '\n' + options.model];
    try {
      if (!model) {
        Generator generator;
        model = make_model(options.model, generator);
        check_output(*model, data.image, data.classes);
      }
      job.data = data.sha256;
      job.cost = predicted_cost(options, *model, data.image.images, data.samples);
    } catch (const UsageError&) {
      throw;
    } catch (const Error& error) {
      throw UsageError(fmt::format("{} on {}: {}", options.model, options.dataset, error.what()));
    }
  }
}

// The log under the run's name, whatever its settings.
RunRecord read_old(const Job& job) {
  const fs::path log = log_path(*job.run, job.folder);
  try {
    if (fs::exists(log)) return read_log(log);
  } catch (const Error&) {  // a damaged log is no result
  }
  return {};
}

// A finished log of other settings under the run's name is somebody's result.
void refuse_to_replace(const Job& job) {
  const RunRecord record = read_old(job);
  if (record.end && record.start.command != train_command(job.run->options))
    throw UsageError(fmt::format("{} holds runs of other settings, such as {} ({}); {}",
                                 job.folder.string(), job.run->name, record.start.command,
                                 ways_out));
}

// The file of a model may have changed since its runs were finished; model.txt keeps what it held.
void refuse_other_model(const std::vector<Job>& jobs, const fs::path& folder,
                        const std::string& model_text) {
  const fs::path kept = folder / "model.txt";
  if (!fs::exists(kept) || read_file(kept) == model_text) return;
  if (std::ranges::any_of(jobs, [](const Job& job) { return read_old(job).end.has_value(); }))
    throw UsageError(fmt::format("{} holds runs of another model, {}, than {} is now; {}",
                                 folder.string(), kept.string(), jobs.front().run->options.model,
                                 ways_out));
}

// Nor may the data have changed. Other kernels round otherwise, which is no reason to refuse.
void compare_with_finished(const std::vector<Job>& finished, const DataByOptions& known) {
  std::size_t others = 0;
  std::string other;
  for (const Job& job : finished) {
    const RunStart start = read_old(job).start;
    const auto data = known.find(data_key(job.run->options));
    if (data != known.end() && !start.data.empty() && start.data != data->second.sha256)
      throw UsageError(fmt::format("{} holds runs on other data, such as {}; {}",
                                   job.folder.string(), job.run->name, ways_out));
    if (!start.version.empty() && start.version != version_line()) ++others, other = start.version;
  }
  if (others > 0)
    fmt::print(stderr,
               "fanin: warning: {} finished run(s) are of {}, those to come of {}: the last digits "
               "may differ\n",
               others, other, version_line());
}

}  // namespace

Plan::Plan(const Sweep& of, const SweepOptions& options, bool several)
    : sweep(of), folder(options.out / of.name) {
  for (std::size_t i = options.shard - 1; i < of.runs.size(); i += options.shards) {
    const Run& run = of.runs[i];
    jobs.push_back({&run, folder, several ? of.name + "/" + run.name : run.name, of.keep_weights});
  }
  runs = jobs.size();
  std::set<std::string> models;
  for (const Run& run : of.runs)
    if (models.insert(run.options.model).second) model_text += model_file_text(run.options.model);
  std::vector<Job> ended;
  if (!options.fresh) {
    if (!model_text.empty()) refuse_other_model(jobs, folder, model_text);
    const auto middle = std::stable_partition(jobs.begin(), jobs.end(), std::not_fn(is_finished));
    ended.assign(middle, jobs.end());
    jobs.erase(middle, jobs.end());
    for (const Job& job : jobs) {
      refuse_to_replace(job);
      if (const std::string fault = log_fault(*job.run, folder); !fault.empty())
        fmt::print(stderr, "fanin: warning: run again: {}\n", fault);
    }
  }
  if (jobs.empty()) return;
  const DataByOptions known = read_data(jobs);
  compare_with_finished(ended, known);
  check_networks(jobs, known);
  nlohmann::json about = environment_manifest();
  about["data"] = nlohmann::json::array();
  for (const auto& [key, data] : known)
    if (std::ranges::find(about["data"], data.manifest) == about["data"].end())
      about["data"].push_back(data.manifest);
  manifest = about.dump(2) + "\n";
}

void Plan::remove_old() const {
  for (const Job& job : jobs)
    if (const auto holder = writer_of(growing_log_path(*job.run, job.folder)); !holder.empty())
      throw Error(fmt::format("--fresh would remove {}, which {} is doing", job.label, holder));
  std::vector<fs::path> files = {"summary.csv", "timings.csv", "statistics.csv", "comparisons.csv",
                                 "report.html"};
  for (const char* figure : {"convergence", "seeds", "layers", "units", "phases"})
    for (const char* kind : {".svg", ".vl.json"})
      files.push_back(std::string("figures/") + figure + kind);
  for (auto& file : files) file = folder / file;
  for (const Job& job : jobs) {
    files.push_back(log_path(*job.run, job.folder));
    files.push_back(growing_log_path(*job.run, job.folder));
    files.push_back(checkpoint_folder(log_path(*job.run, job.folder)));
    files.push_back(weights_path(*job.run, job.folder));
  }
  for (const auto& file : files) {
    std::error_code error;
    fs::remove_all(file, error);
    if (error) throw Error(fmt::format("cannot remove {}: {}", file.string(), error.message()));
  }
}

}  // namespace fanin
