#include "experiments/sweep/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>

#include "experiments/charts/figure.hpp"
#include "experiments/record/checkpoint.hpp"
#include "experiments/record/json_text.hpp"
#include "experiments/record/manifest.hpp"
#include "experiments/sweep/forecast.hpp"
#include "experiments/sweep/shards.hpp"
#include "experiments/task/datasets.hpp"
#include "experiments/task/models.hpp"
#include "framework/core/error.hpp"
#include "framework/core/join.hpp"
#include "framework/core/say.hpp"
#include "framework/core/sha256.hpp"

namespace fanin {
namespace {

namespace fs = std::filesystem;

constexpr const char* ways_out = "--fresh replaces them, --out DIR leaves them alone";

// A data set with what every run on it needs.
struct KnownData {
  nlohmann::json manifest;
  std::string sha256;
  Batch images;
  std::size_t classes, samples;
};

// Data sets, each read once, and what networks cost on them.
class Knowledge {
 public:
  // Throws Error when a set is not there or not what it should be.
  const KnownData& data(const TrainOptions& options) {
    const auto [at, is_new] = data_.try_emplace(data_key(options));
    if (is_new) {
      const Data data = load_data(options);
      at->second = {data_manifest(options, data), sha256_of(data), first_images(data.train, 2),
                    classes_of(data), data.train.count};
    }
    return at->second;
  }

  // An image goes through every network before the first run starts, so that one which does not fit
  // its data is refused here; throws UsageError.
  double cost(const TrainOptions& options) {
    const KnownData& on = data(options);
    const auto [at, is_new] = networks_.try_emplace(data_key(options) + '\n' + options.model);
    if (is_new) at->second = check_network(options, on);
    return predicted_cost(options, at->second, on.samples);
  }

 private:
  static std::string data_key(const TrainOptions& options) {
    return options.dataset + '\n' + options.data_dir + '\n' + std::to_string(options.holdout);
  }

  static NetworkCost check_network(const TrainOptions& options, const KnownData& data) {
    try {
      Generator generator;
      const auto model = make_model(options.model, generator);
      check_output(*model, data.images, data.classes);
      return network_cost(*model, data.images.images);
    } catch (const UsageError&) {
      throw;
    } catch (const Error& error) {
      throw UsageError("{} on {}: {}", options.model, options.dataset, error.what());
    }
  }

  std::map<std::string, KnownData> data_;
  std::map<std::string, NetworkCost> networks_;  // by data and model
};

// What is there of other settings under the run's name is somebody's result, or will be one.
Standing standing_or_refusal(const Job& job, Depth depth) {
  Standing there = standing(job.files, job.expected, depth);
  if (there.state == State::another) throw UsageError("{}; {}", refusal(job, there), ways_out);
  return there;
}

// Nor may the data have changed. Other kernels round otherwise, which is no reason to refuse.
void compare_with_finished(const std::vector<std::pair<const Run*, RunStart>>& done,
                           const fs::path& folder, Knowledge& known) {
  std::size_t others = 0;
  std::string other;
  for (const auto& [run, start] : done) {
    if (start.data != known.data(run->options).sha256)
      throw UsageError("{} holds runs on other data, such as {}; {}", folder.string(), run->name,
                       ways_out);
    if (start.version != version_line()) ++others, other = start.version;
  }
  if (others > 0)
    say("fanin: warning: {} finished run(s) are of {}, those to come of {}: the last digits "
        "may differ\n",
        others, other, version_line());
}

struct ModelFiles {
  std::string text;                           // of all, one after the other
  std::vector<std::string> names;             // of those that do not ship
  std::map<std::string, std::string> sha256;  // by model; "" of one that ships
};

ModelFiles model_files(const Sweep& sweep) {
  ModelFiles files;
  for (const Run& run : sweep.runs) {
    const auto [model, is_new] = files.sha256.try_emplace(run.options.model);
    if (!is_new) continue;
    const std::string text = model_file_text(run.options.model);
    if (text.empty()) continue;
    files.text += text, files.names.push_back(run.options.model);
    model->second = sha256(text);
  }
  return files;
}

// All runs of a sweep, whoever is to do them.
Plan whole_plan(const Sweep& sweep, const SweepOptions& options, bool several) {
  Plan plan{&sweep, options.out / sweep.name, {}, 0, "", "", options.shard.of > 1};
  const ModelFiles files = model_files(sweep);
  plan.model_text = files.text;
  // As files, names have the suffix of weights or logs, and what writing aside adds.
  const std::size_t longest = 255 - (sweep.keep_weights ? 12 : 6) - 21;
  for (const Run& run : sweep.runs) {
    if (run.name.size() > longest)
      throw UsageError("the name of a run has {} bytes, more than {} as a file: {}",
                       run.name.size(), longest, run.name);
    plan.jobs.push_back(make_job(sweep, run, plan.folder, label_of(sweep, run, several)));
    plan.jobs.back().expected.model = files.sha256.at(run.options.model);
  }
  return plan;
}

// The sweeps together: the dearest runs may all be of one. By name, so that their order is nothing.
std::vector<std::vector<std::size_t>> shards_of(const std::vector<Sweep>& sweeps,
                                                std::size_t shards, Knowledge& known) {
  std::vector<std::size_t> by_name(sweeps.size());
  std::iota(by_name.begin(), by_name.end(), std::size_t{0});
  std::ranges::sort(by_name, {}, [&sweeps](std::size_t i) { return sweeps[i].name; });
  std::vector<double> costs;
  for (const std::size_t i : by_name)
    for (const Run& run : sweeps[i].runs) costs.push_back(known.cost(run.options));
  const std::vector<std::size_t> shard_of = share_out(costs, shards);
  std::vector<std::vector<std::size_t>> result(sweeps.size());
  auto next = shard_of.begin();
  for (const std::size_t i : by_name) {
    const auto end = next + static_cast<std::ptrdiff_t>(sweeps[i].runs.size());
    result[i].assign(next, end);
    next = end;
  }
  return result;
}

// Of all runs, whoever is to do them: what is there may be of a spec or a model that changed since.
void refuse_another_sweep(const Plan& plan) {
  if (const std::string other = other_model(*plan.sweep, plan.folder); !other.empty())
    throw UsageError("{}; {}", other, ways_out);
  const fs::path spec = plan.folder / spec_file;
  if (!is_there(spec) || read_file(spec) == plan.sweep->resolved) return;
  for (const Job& job : plan.jobs) standing_or_refusal(job, Depth::ends);
  if (plan.runs_of_others)
    say("fanin: warning: {} is of another spec, whose shards have other runs; all shards of "
        "this one are to be submitted\n",
        spec.string());
}

// Leaves out what is finished, and prepares the rest.
void keep_unfinished(Plan& plan, bool fresh, Knowledge& known) {
  plan.runs = plan.jobs.size();
  if (!fresh) {
    std::vector<std::pair<const Run*, RunStart>> done;
    std::erase_if(plan.jobs, [&](const Job& job) {
      const Standing there = standing_or_refusal(job, Depth::sealed);
      if (there.state == State::done) {
        done.emplace_back(job.run, there.record->start);
        if (writer_of(job.files.growing).empty())  // or a kill came before that
          remove_checkpoints(job.files.checkpoints);
      } else if (!there.why.empty() && there.state != State::failed) {
        say("fanin: warning: run again: {}\n", there.why);
      }
      return there.state == State::done;
    });
    if (!plan.jobs.empty()) compare_with_finished(done, plan.folder, known);
  }
  if (plan.jobs.empty()) return;
  plan.runs_of_others = plan.runs_of_others || plan.jobs.size() < plan.runs;
  for (Job& job : plan.jobs) {
    job.expected.data = known.data(job.run->options).sha256;
    job.cost = known.cost(job.run->options);
  }
  nlohmann::json about = environment_manifest();
  about["data"] = nlohmann::json::array();
  for (const Run& run : plan.sweep->runs) {  // shards of one machine have one manifest
    const nlohmann::json& data = known.data(run.options).manifest;
    if (std::ranges::find(about["data"], data) == about["data"].end())
      about["data"].push_back(data);
  }
  plan.manifest = dump_json(about, 2) + "\n";
}

}  // namespace

std::string label_of(const Sweep& sweep, const Run& run, bool several) {
  return several ? sweep.name + "/" + run.name : run.name;
}

std::string other_model(const Sweep& sweep, const fs::path& folder) {
  const fs::path kept = folder / model_file, runs = folder / "runs";
  std::error_code error;
  if (!is_there(kept) || !fs::is_directory(runs, error) || fs::is_empty(runs, error)) return "";
  try {
    const ModelFiles now = model_files(sweep);
    if (now.text.empty() || now.text == read_file(kept)) return "";
    return fmt::format("{} holds runs of another model, {}, than {} is now", folder.string(),
                       kept.string(), join(now.names, " and "));
  } catch (const Error&) {  // a folder that was copied elsewhere
    return "";
  }
}

std::vector<Plan> make_plans(const std::vector<Sweep>& sweeps, const SweepOptions& options) {
  std::set<std::string> names;
  std::vector<Plan> plans;
  Knowledge known;
  for (const Sweep& sweep : sweeps) {
    if (!names.insert(sweep.name).second)
      throw UsageError("two specs have the name {}", sweep.name);
    plans.push_back(whole_plan(sweep, options, sweeps.size() > 1));
    if (!options.fresh) refuse_another_sweep(plans.back());
  }
  if (options.shard.of > 1) {
    const auto shards = shards_of(sweeps, options.shard.of, known);
    for (std::size_t i = 0; i < plans.size(); ++i) {
      auto shard = shards[i].begin();
      std::erase_if(plans[i].jobs, [&](const Job&) { return *shard++ != options.shard.number; });
    }
  }
  for (Plan& plan : plans) keep_unfinished(plan, options.fresh, known);
  return plans;
}

std::vector<std::vector<std::size_t>> shards_of(const std::vector<Sweep>& sweeps,
                                                std::size_t shards) {
  Knowledge known;
  return shards_of(sweeps, shards, known);
}

void Plan::check_free() const {
  for (const Job& job : jobs)
    if (const auto holder = writer_of(job.files.growing); !holder.empty())
      throw Error("--fresh would remove {}, which {} is doing", job.label, holder);
}

void Plan::remove_old() const {
  std::vector<fs::path> files;
  for (const char* name :
       {summary_file, timings_file, statistics_file, comparisons_file, page_file})
    files.push_back(folder / name);
  for (const std::string& figure : figure_names())
    for (const char* kind : {".svg", ".vl.json"})
      files.push_back(folder / "figures" / (figure + kind));
  for (const Job& job : jobs) {
    files.insert(files.end(), {job.files.log, job.files.growing, job.files.weights});
    remove_checkpoints(job.files.checkpoints);
  }
  for (const auto& file : files) {
    std::error_code error;
    fs::remove_all(file, error);
    if (error) throw Error("cannot remove {}: {}", file.string(), error.message());
  }
}

}  // namespace fanin
