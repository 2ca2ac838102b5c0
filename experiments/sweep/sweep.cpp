#include "experiments/sweep/sweep.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "experiments/report/summary.hpp"
#include "experiments/run/datasets.hpp"
#include "experiments/run/environment.hpp"
#include "experiments/run/files.hpp"
#include "experiments/run/models.hpp"
#include "experiments/sweep/live_pages.hpp"
#include "experiments/sweep/pool.hpp"
#include "framework/core/error.hpp"
#include "framework/core/parallel.hpp"

namespace fanin {
namespace {

// Runs at a time: as many as were asked for, but never more threads than cores.
std::size_t side_by_side(std::size_t wanted, const std::vector<Job>& jobs) {
  std::size_t threads = 1;
  for (const Job& job : jobs) threads = std::max(threads, job.run->options.threads);
  const std::size_t cores = usable_cores(), room = std::max<std::size_t>(1, cores / threads);
  if (wanted > room)
    fmt::print(stderr,
               "fanin: --jobs {}, {} thread(s) each, would crowd {} core(s): {} at a time\n",
               wanted, threads, cores, room);
  return wanted == 0 ? room : std::min(wanted, room);
}

bool finished(const Job& job) {
  std::error_code error;
  if (job.keep_weights && !std::filesystem::exists(weights_path(*job.run, job.folder), error))
    return false;
  const auto record = find_record(*job.run, job.folder);
  return record && record->end->status != "failed";
}

// The version, the machine, and the files of every data set of the sweep; throws Error when these
// are not there or not what they should be.
nlohmann::json manifest(const Sweep& sweep) {
  nlohmann::json result = environment_manifest();
  result["data"] = nlohmann::json::array();
  std::set<std::string> seen;
  for (const Run& run : sweep.runs) {
    const TrainOptions& options = run.options;
    if (seen.insert(options.dataset + '\n' + options.data_dir).second)
      result["data"].push_back(data_manifest(options));
  }
  return result;
}

// An image goes through every network before the first run starts, so that one which does not fit
// its data is refused here; throws Error.
void check_networks(const std::vector<Job>& jobs) {
  std::map<std::string, Batch> images;  // by the data
  std::set<std::string> seen;
  for (const Job& job : jobs) {
    const TrainOptions& options = job.run->options;
    const std::string data = options.dataset + '\n' + options.data_dir;
    if (!seen.insert(data + '\n' + options.model).second) continue;
    if (!images.contains(data)) images.emplace(data, first_batch(options, 1));
    try {
      Generator generator;
      check_output(*make_model(options.model, generator), images.at(data));
    } catch (const UsageError&) {
      throw;
    } catch (const Error& error) {
      throw UsageError(fmt::format("{} on {}: {}", options.model, options.dataset, error.what()));
    }
  }
}

// The log under the run's name, whatever its settings.
RunRecord read_old(const Job& job) {
  const std::filesystem::path log = log_path(*job.run, job.folder);
  try {
    if (std::filesystem::exists(log)) return read_log(log);
  } catch (const Error&) {  // a damaged log is no result
  }
  return {};
}

// A finished log of other settings under the run's name is somebody's result.
void refuse_to_replace(const Job& job) {
  const RunRecord record = read_old(job);
  if (record.end && record.command != train_command(job.run->options))
    throw UsageError(
        fmt::format("{} holds runs of other settings, such as {} ({}); --fresh replaces "
                    "them, --out DIR leaves them alone",
                    job.folder.string(), job.run->name, record.command));
}

// The file of a model may have changed since its runs were finished; model.txt keeps what it held.
void refuse_other_model(const std::vector<Job>& jobs, const std::filesystem::path& folder,
                        const std::string& model_text) {
  const std::filesystem::path kept = folder / "model.txt";
  if (!std::filesystem::exists(kept) || read_file(kept) == model_text) return;
  if (std::ranges::any_of(jobs, [](const Job& job) { return read_old(job).end.has_value(); }))
    throw UsageError(
        fmt::format("{} holds runs of another model, {}, than {} is now; --fresh replaces them, "
                    "--out DIR leaves them alone",
                    folder.string(), kept.string(), jobs.front().run->options.model));
}

// A sweep with what is to be done for it in this shard.
struct Plan {
  Plan(const Sweep& of, const SweepOptions& options, bool several)
      : sweep(of), folder(options.out / of.name) {
    for (std::size_t i = options.shard - 1; i < of.runs.size(); i += options.shards) {
      const Run& run = of.runs[i];
      jobs.push_back(
          {&run, folder, several ? of.name + "/" + run.name : run.name, of.keep_weights});
    }
    runs = jobs.size();
    std::set<std::string> models;
    for (const Run& run : of.runs)
      if (models.insert(run.options.model).second) model_text += model_file_text(run.options.model);
    if (!options.fresh) {
      if (!model_text.empty()) refuse_other_model(jobs, folder, model_text);
      std::erase_if(jobs, finished);
      for (const Job& job : jobs) refuse_to_replace(job);
    }
    check_networks(jobs);
    if (!jobs.empty()) manifest = fanin::manifest(sweep).dump(2) + "\n";
  }

  const Sweep& sweep;
  std::filesystem::path folder;
  std::vector<Job> jobs;   // those that are not finished
  std::size_t runs;        // those and the finished
  std::string model_text;  // of the models' files
  std::string manifest;    // empty when nothing is to be done: that of the finished runs stays
};

// Removes what an earlier sweep wrote of these runs, and nothing else.
void remove_old(const Plan& plan) {
  std::vector<std::filesystem::path> files = {"summary.csv", "timings.csv", "statistics.csv",
                                              "comparisons.csv", "report.html"};
  for (const char* figure : {"convergence", "seeds", "layers", "units", "phases"})
    for (const char* kind : {".svg", ".vl.json"})
      files.push_back(std::string("figures/") + figure + kind);
  for (auto& file : files) file = plan.folder / file;
  for (const Job& job : plan.jobs) {
    files.push_back(log_path(*job.run, job.folder));
    files.push_back(growing_log_path(*job.run, job.folder));
    files.push_back(weights_path(*job.run, job.folder));
  }
  for (const auto& file : files) {
    std::error_code error;
    std::filesystem::remove(file, error);
    if (error) throw Error(fmt::format("cannot remove {}: {}", file.string(), error.message()));
  }
}

// Reads the logs; whether there are none.
bool has_no_results(PageSweep& page) {
  page.records = find_records(*page.sweep, page.folder);
  return std::ranges::none_of(page.records, [](const auto& record) { return record.has_value(); });
}

std::filesystem::path page_file(const PageSweep& page) { return page.folder / "report.html"; }

// Tables, figures and pages of what has ended.
void conclude(const std::vector<PageSweep>& pages, const SweepOptions& options) {
  const bool tables = options.print_tables && options.output != Output::json;
  for (const PageSweep& page : pages) {
    const std::size_t figures = summarise(*page.sweep, page.records, page.folder, tables);
    write_page(page_file(page), {page});
    if (options.output == Output::text)
      fmt::print(stderr, "{}: {}, {} figure(s), page {}\n", page.sweep->name,
                 (page.folder / "summary.csv").string(), figures, page_file(page).string());
    if (options.output == Output::json)
      print_json({{"event", "sweep"},
                  {"name", page.sweep->name},
                  {"folder", page.folder.string()},
                  {"page", page_file(page).string()}});
  }
  if (pages.size() < 2 || !options.print_tables) return;
  write_page(options.out / "report.html", pages);
  if (options.output == Output::text)
    fmt::print(stderr, "page of all: {}\n", (options.out / "report.html").string());
}

}  // namespace

int run_sweeps(const std::vector<Sweep>& sweeps, const SweepOptions& options) {
  std::set<std::string> names;
  std::vector<Plan> plans;
  for (const Sweep& sweep : sweeps) {
    if (!names.insert(sweep.name).second)
      throw UsageError(fmt::format("two specs have the name {}", sweep.name));
    plans.emplace_back(sweep, options, sweeps.size() > 1);
  }

  std::vector<Job> jobs;
  std::size_t runs = 0;
  for (const Plan& plan : plans) {  // nothing was written up to here
    if (options.fresh) remove_old(plan);
    write_file(plan.folder / "spec.toml", plan.sweep.resolved);
    if (!plan.model_text.empty()) write_file(plan.folder / "model.txt", plan.model_text);
    if (!plan.manifest.empty()) write_file(plan.folder / "manifest.json", plan.manifest);
    jobs.insert(jobs.end(), plan.jobs.begin(), plan.jobs.end());
    runs += plan.runs;
  }
  const std::size_t most = side_by_side(options.jobs, jobs), todo = jobs.size();
  std::vector<PageSweep> pages;
  for (const Plan& plan : plans)
    pages.push_back({&plan.sweep, Records(plan.sweep.runs.size()), plan.folder});
  if (options.output == Output::text) {
    const std::string how = todo > 0 ? fmt::format("; {} at a time", std::min(most, todo)) : "";
    fmt::print(stderr, "{} runs, {} of them finished before{}\n", runs, runs - todo, how);
    if (todo > 0)
      for (const PageSweep& page : pages)
        fmt::print(stderr, "page: {}\n", page_file(page).string());
  }
  LivePages live(pages);
  const PoolResult result = run_jobs(jobs, most, options.output, [&live] { live.renew(); });
  std::erase_if(pages, has_no_results);
  if (result.stopped) {
    for (const PageSweep& page : pages) write_page(page_file(page), {page});
    fmt::print(stderr,
               "fanin: stopped with {} of {} runs done; the same command{} goes on where this "
               "stopped\n",
               runs - todo + result.done, runs, options.fresh ? " without --fresh" : "");
    return 1;
  }
  conclude(pages, options);
  if (result.failed == 0) return 0;
  fmt::print(stderr, "fanin: {} of {} runs failed; the same command tries them again\n",
             result.failed, runs);
  return 1;
}

}  // namespace fanin
