#include "experiments/sweep/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

#include "experiments/charts/figure.hpp"
#include "experiments/record/checkpoint.hpp"
#include "experiments/record/events.hpp"
#include "experiments/record/folder.hpp"
#include "experiments/sweep/forecast.hpp"
#include "experiments/task/datasets.hpp"
#include "experiments/task/models.hpp"
#include "experiments/task/optimisation.hpp"
#include "framework/core/error.hpp"
#include "framework/core/sha256.hpp"
#include "framework/core/text.hpp"
#include "init/named_options.hpp"

namespace fanin {
namespace {

namespace fs = std::filesystem;

constexpr const char* ways_out = "--fresh replaces them; to keep them, choose another --out";

// What all runs on a data set need.
struct KnownData {
  nlohmann::json manifest;
  std::string sha256;
  Batch images;
  std::size_t classes, samples;
  std::map<std::string, NetworkCost> networks = {};  // by model
};

using Known = std::map<std::tuple<std::string, std::string, std::size_t>, KnownData>;

// Reads each data set once. Throws Error if it cannot be read.
KnownData& data_of(const TrainOptions& options, Known& known) {
  const auto [at, is_new] = known.try_emplace({options.dataset, options.data_dir, options.holdout});
  if (is_new) {
    const Data data = load_data(options);
    at->second = {data_manifest(options, data), sha256_of(data), first_images(data.train, 2),
                  classes_of(data), data.train.count};
  }
  return at->second;
}

// Passes an image through each network before the first run starts. Throws UsageError if a network
// does not fit its data.
double cost_of(const TrainOptions& options, Known& known) {
  KnownData& on = data_of(options, known);
  const auto [network, is_new] = on.networks.try_emplace(options.model);
  if (is_new) try {
      Generator generator;
      const auto model = make_model(options.model, generator);
      check_outputs(find_loss(options.loss), check_output(*model, on.images, on.classes));
      network->second = network_cost(*model, on.images.images);
    } catch (const UsageError&) {
      throw;
    } catch (const Error& error) {
      throw UsageError("{} on {}: {}", options.model, options.dataset, error.what());
    }
  return predicted_cost(options, network->second, on.samples);
}

// Refuses to replace a run of this name with other settings.
Standing standing_or_refusal(const Job& job, Depth depth) {
  Standing there = standing(job.files, job.expected, depth);
  if (there.state == State::another) throw UsageError("{}; {}", refusal(job, there), ways_out);
  return there;
}

// The model files that do not ship, with their texts, in the order of the runs.
std::vector<std::pair<std::string, std::string>> model_files(const Sweep& sweep) {
  std::set<std::string> known;
  std::vector<std::pair<std::string, std::string>> files;
  for (const Run& run : sweep.runs)
    if (known.insert(run.options.model).second)
      if (const std::string text = model_file_text(run.options.model); !text.empty())
        files.emplace_back(run.options.model, text);
  return files;
}

// All runs of a sweep, also those of other shards.
Plan whole_plan(const Sweep& sweep, const SweepOptions& options, bool several) {
  Plan plan{&sweep, options.out / sweep.name, options.shard.of > 1, Records(sweep.runs.size())};
  std::map<std::string, std::string> hashes;  // of model files
  for (const auto& [model, text] : model_files(sweep)) {
    plan.model_text += text;
    hashes[model] = sha256(text);
  }
  // A file's name also has the suffix of weights or logs, and that of an unfinished file.
  const std::size_t longest = 255 - (sweep.keep_weights ? 12 : 6) - 21;
  for (const Run& run : sweep.runs) {
    if (run.name.size() > longest)
      throw UsageError("the name of a run is too long for a file: {} bytes, at most {} fit: {}",
                       run.name.size(), longest, run.name);
    plan.jobs.push_back(make_job(sweep, run, plan.folder, several));
    plan.jobs.back().expected.model = hashes[run.options.model];
  }
  return plan;
}

// Shares out all sweeps together, because the most expensive runs may all be in one sweep. It sorts
// them by name, so that their order does not matter.
std::map<const Run*, std::size_t> shards_of(const std::vector<Sweep>& sweeps, std::size_t shards,
                                            Known& known) {
  std::vector<const Sweep*> by_name;
  for (const Sweep& sweep : sweeps) by_name.push_back(&sweep);
  std::ranges::stable_sort(by_name, {}, &Sweep::name);
  std::vector<const Run*> runs;
  std::vector<double> costs;
  for (const Sweep* sweep : by_name)
    for (const Run& run : sweep->runs) {
      runs.push_back(&run);
      costs.push_back(cost_of(run.options, known));
    }
  const std::vector<std::size_t> parts = share_out(costs, shards);
  std::map<const Run*, std::size_t> shard_of;
  for (std::size_t i = 0; i < runs.size(); ++i) shard_of[runs[i]] = parts[i];
  return shard_of;
}

// Looks at all runs of the folder, because the spec or a model may have changed since.
void refuse_another_sweep(const Plan& plan) {
  if (const std::string other = other_model(*plan.sweep, plan.folder); !other.empty())
    throw UsageError("{}; {}", other, ways_out);
  const fs::path spec = plan.folder / spec_file;
  if (!is_there(spec) || read_file(spec) == plan.sweep->resolved) return;
  for (const Job& job : plan.jobs) standing_or_refusal(job, Depth::ends);
  if (plan.runs_of_others)
    say("fanin: warning: {} belongs to another spec, whose shards hold other runs; submit all "
        "shards of this one\n",
        spec.string());
}

std::string manifest_of(const Sweep& sweep, Known& known) {
  nlohmann::json about = environment_manifest();
  about["data"] = nlohmann::json::array();
  // All runs count, so that all shards of a machine write the same manifest.
  for (const Run& run : sweep.runs) {
    const nlohmann::json& data = data_of(run.options, known).manifest;
    if (std::ranges::find(about["data"], data) == about["data"].end())
      about["data"].push_back(data);
  }
  return dump_json(about, 2) + "\n";
}

// Removes the finished jobs and prepares the others.
void keep_unfinished(Plan& plan, bool fresh, Known& known) {
  plan.runs = plan.jobs.size();
  std::vector<std::pair<const Run*, RunStart>> done;
  std::erase_if(plan.jobs, [&](const Job& job) {
    if (fresh) return false;
    const Standing there = standing_or_refusal(job, Depth::sealed);
    if (there.state == State::done) {
      done.emplace_back(job.run, there.record->start);
      if (writer_of(job.files.growing).empty())  // a kill may have left some
        remove_checkpoints(job.files.checkpoints);
    } else if (!there.why.empty() && there.state != State::failed) {
      say("fanin: warning: a run will be trained again: {}\n", there.why);
    }
    return there.state == State::done;
  });
  if (plan.jobs.empty()) return;
  // The data must be the same. Other kernels only round differently.
  std::size_t others = 0;
  std::string other;
  for (const auto& [run, start] : done) {
    if (start.data != data_of(run->options, known).sha256)
      throw UsageError("{} holds runs on other data, such as {}; {}", plan.folder.string(),
                       run->name, ways_out);
    if (start.version != version_line()) ++others, other = start.version;
  }
  if (others > 0)
    say("fanin: warning: {} finished run(s) used {}, the remaining ones use {}: the last digits "
        "may differ\n",
        others, other, version_line());
  plan.runs_of_others = plan.runs_of_others || !done.empty();
  for (Job& job : plan.jobs) {
    job.expected.data = data_of(job.run->options, known).sha256;
    job.cost = cost_of(job.run->options, known);
  }
  plan.manifest = manifest_of(*plan.sweep, known);
}

}  // namespace

Shard parse_shard(const std::string& text) {
  const std::size_t slash = std::min(text.find('/'), text.size() - 1);
  const auto number = parse_number<std::size_t>(std::string_view(text).substr(0, slash)),
             of = parse_number<std::size_t>(std::string_view(text).substr(slash + 1));
  if (!number || !of) throw UsageError("--shard must be I/N, such as 2/8, not \"{}\"", text);
  if (*number < 1 || *number > *of)
    throw UsageError("--shard must be I/N with I from 1 to N, not \"{}\"", text);
  return {*number, *of};
}

Job make_job(const Sweep& sweep, const Run& run, const fs::path& folder, bool several) {
  return {&run,
          several ? sweep.name + "/" + run.name : run.name,
          run_files(folder, run.name, sweep.keep_weights),
          {train_command(run.options)}};
}

TrainOptions options_with_files(const Job& job) {
  TrainOptions options = job.run->options;
  options.log = job.files.log.string();
  options.save = job.files.weights.string();
  return options;
}

std::string refusal(const Job& job, const Standing& another) {
  if (another.differs == "version") return another.why;
  const RunRecord& there = another.record.value();
  const char* others = another.differs == "data"    ? "other data"
                       : another.differs == "model" ? "another model"
                                                    : "other settings";
  return fmt::format("{} holds runs of {}, such as {}, {} ({})",
                     job.files.log.parent_path().parent_path().string(), others, job.run->name,
                     !there.end                      ? "begun"
                     : there.end->status == "failed" ? "failed"
                                                     : "finished",
                     there.start.command);
}

std::string fault_of(const Run& run, const fs::path& folder) {
  return ended_standing(run_files(folder, run.name), {train_command(run.options)}, Depth::all).why;
}

Logs find_logs(const Sweep& sweep, const fs::path& folder, const std::string& fate) {
  Logs logs = logs_in(folder);
  std::size_t strange = logs.ended.size() + logs.growing.size();
  for (const Run& run : sweep.runs)
    strange -= logs.ended.count(run.name) + logs.growing.count(run.name);
  if (strange > 0)
    say("fanin: warning: {} log(s) in {} belong to no run of {}\n", strange,
        (folder / "runs").string(), fate);
  return logs;
}

std::string other_model(const Sweep& sweep, const fs::path& folder) {
  const fs::path kept = folder / model_file, runs = folder / "runs";
  std::error_code error;
  if (!is_there(kept) || !fs::is_directory(runs, error) || fs::is_empty(runs, error)) return "";
  try {
    std::vector<std::string> names;
    std::string text;
    for (const auto& [name, of_model] : model_files(sweep)) {
      names.push_back(name);
      text += of_model;
    }
    if (text.empty() || text == read_file(kept)) return "";
    return fmt::format("{} holds runs of another model, {}; it differs from {}", folder.string(),
                       kept.string(), join(names, " and "));
  } catch (const Error&) {  // the folder was copied from another machine
    return "";
  }
}

std::vector<Plan> make_plans(const std::vector<Sweep>& sweeps, const SweepOptions& options) {
  std::set<std::string> names;
  std::vector<Plan> plans;
  Known known;
  for (const Sweep& sweep : sweeps) {
    if (!names.insert(sweep.name).second)
      throw UsageError("two specs have the name {}", sweep.name);
    plans.push_back(whole_plan(sweep, options, sweeps.size() > 1));
    if (!options.fresh) refuse_another_sweep(plans.back());
  }
  if (options.shard.of > 1) {
    const auto shard_of = shards_of(sweeps, options.shard.of, known);
    for (Plan& plan : plans)
      std::erase_if(plan.jobs,
                    [&](const Job& job) { return shard_of.at(job.run) != options.shard.number; });
  }
  for (Plan& plan : plans) keep_unfinished(plan, options.fresh, known);
  return plans;
}

std::map<const Run*, std::size_t> shards_of(const std::vector<Sweep>& sweeps, std::size_t shards) {
  Known known;
  return shards_of(sweeps, shards, known);
}

void remove_old(const std::vector<Plan>& plans) {
  const auto remove = [](const fs::path& file) {
    std::error_code error;
    fs::remove_all(file, error);
    if (error) throw Error("cannot remove {}: {}", file.string(), error.message());
  };
  for (const Plan& plan : plans)
    for (const Job& job : plan.jobs)
      if (const auto holder = writer_of(job.files.growing); !holder.empty())
        throw Error("--fresh would remove {}, which {} is training", job.label, holder);
  for (const Plan& plan : plans) {
    for (const char* name : {summary_file, timings_file, statistics_file, comparisons_file,
                             curves_file, layers_file, tuning_file, page_file})
      remove(plan.folder / name);
    for (const std::string& figure : figure_names())
      for (const char* kind : {".svg", ".vl.json"})
        remove(plan.folder / "figures" / (figure + kind));
    for (const Job& job : plan.jobs) {
      remove_checkpoints(job.files.checkpoints);
      const auto [log, growing, checkpoints, weights] =
          run_files(plan.folder, job.run->name, /*keeps_weights=*/true);
      for (const fs::path& file : {log, growing, weights}) remove(file);
    }
  }
}

}  // namespace fanin
