#include "experiments/sweep/sweep.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "experiments/page/page.hpp"
#include "experiments/record/folder.hpp"
#include "experiments/record/manifest.hpp"
#include "experiments/report/results.hpp"
#include "experiments/sweep/live_pages.hpp"
#include "experiments/sweep/plan.hpp"
#include "experiments/sweep/pool.hpp"
#include "experiments/sweep/progress.hpp"
#include "experiments/sweep/report.hpp"
#include "framework/core/error.hpp"
#include "framework/core/parallel.hpp"
#include "framework/core/say.hpp"

namespace fanin {
namespace {

// Runs at a time: as many as were asked for, but never more threads than cores.
std::size_t side_by_side(std::size_t wanted, const std::vector<Job>& jobs) {
  std::size_t threads = 1;
  for (const Job& job : jobs) threads = std::max(threads, job.run->options.threads);
  const std::size_t cores = usable_cores(), room = std::max<std::size_t>(1, cores / threads);
  if (wanted > room)
    say("fanin: --jobs {}, {} thread(s) each, would crowd {} core(s): {} at a time\n", wanted,
        threads, cores, room);
  return wanted == 0 ? room : std::min(wanted, room);
}

// Tables, figures and the page of what has ended.
void conclude(const PageSweep& page, const SweepOptions& options) {
  const Results& results = *page.results;
  const std::filesystem::path file = page.folder / page_file;
  if (results.panels.empty()) {
    write_page(file, {&page, 1});  // in place of one that still says that runs go on
    return;
  }
  const bool tables = options.print_tables && options.output != Output::json;
  const std::size_t figures = summarise(results, page.folder, tables);
  write_page(file, {&page, 1});
  if (options.output == Output::text)
    say("{}: {}, {} figure(s), page {}\n", results.sweep.name,
        (page.folder / summary_file).string(), figures, file.string());
  if (options.output == Output::json)
    print_json({{"event", "sweep"},
                {"name", results.sweep.name},
                {"folder", page.folder.string()},
                {"page", file.string()}});
}

void write_page_of_all(const std::vector<PageSweep>& pages, const SweepOptions& options) {
  if (pages.size() < 2 || !options.print_tables) return;
  write_page(options.out / page_file, pages);
  if (options.output == Output::text) say("page of all: {}\n", (options.out / page_file).string());
}

// Whether something could be read or written; else it says why. What is missing is to be told all
// the same.
template <class Write>
bool written(const Write& write) {
  try {
    write();
    return true;
  } catch (const std::exception& error) {
    say("fanin: {}\n", message_of(error));
    return false;
  }
}

// Only what is new: shards that start together would replace one another's.
void write_settings(const Plan& plan) {
  const auto renew = [&plan](const char* name, const std::string& text) {
    const std::filesystem::path file = plan.folder / name;
    if (is_there(file) && read_file(file) == text) return;
    write_file(file, text);
  };
  renew(spec_file, plan.sweep->resolved);
  if (!plan.model_text.empty()) renew(model_file, plan.model_text);
  if (plan.manifest.empty()) return;
  const std::filesystem::path manifest = plan.folder / manifest_file;
  const bool others = plan.runs_of_others && is_there(manifest);
  renew(manifest_file,
        others ? join_manifests({read_file(manifest), plan.manifest}) : plan.manifest);
}

// Of the sweeps that a shard works on, those whose last run it was: the others are not summarised
// again and again.
void keep_complete(const std::vector<Plan>& plans, std::vector<Gathered>& sweeps, Output output) {
  auto plan = plans.begin();
  std::erase_if(sweeps, [output, &plan](const Gathered& page) {
    const auto count = [&page](auto&& test) {
      return static_cast<std::size_t>(std::ranges::count_if(page.sweep->runs, test));
    };
    const std::size_t all = page.sweep->runs.size();
    const std::set<std::string> files = names_in_runs(page.folder);  // one by one is slow over NFS
    std::size_t there = count([&](const Run& run) {
      return files.contains(run_files(page.folder, run.name).log.filename().string());
    });
    if ((plan++)->jobs.empty() && is_there(page.folder / page_file) &&
        rows_of(page.folder / summary_file) >= there)
      return true;
    if (there == all)  // some may be of an earlier sweep
      there = count([&page](const Run& run) {
        return ended_log(run_files(page.folder, run.name), train_command(run.options), Depth::ends)
            .has_value();
      });
    if (there < all && output == Output::text)
      say("{}: {} of {} runs are there; the last shard summarises them, `fanin report {}` "
          "what there is\n",
          page.sweep->name, there, all, page.folder.string());
    return there < all;
  });
}

// What has ended by now. What the live page has read, and is still there, is not read again.
void take_in_ended(const Plan& plan, Gathered& page) {
  std::set<const Run*> done;
  for (const Job& job : plan.jobs) done.insert(job.run);
  std::vector<std::size_t> runs;
  for (std::size_t i = 0; i < page.records.size(); ++i) {
    const Run& run = plan.sweep->runs[i];
    if (!page.records[i] || done.contains(&run) || !is_there(run_files(page.folder, run.name).log))
      runs.push_back(i);
  }
  find_records(*plan.sweep, page.folder, runs, page.records);
}

// Runs that were there, or were done, and whose logs are gone or damaged.
void note_lost(const std::vector<Gathered>& pages, bool several, PoolResult& result) {
  std::set<std::string> named;
  for (const auto* list : {&result.failed, &result.held})
    for (const Missing& missing : *list) named.insert(missing.run);
  for (const Gathered& page : pages)
    for (std::size_t i = 0; i < page.records.size(); ++i) {
      const Run& run = page.sweep->runs[i];
      const std::string label = label_of(*page.sweep, run, several);
      if (page.records[i] || named.contains(label)) continue;
      const std::string fault = fault_of(run, page.folder);
      result.failed.push_back({label, fault.empty() ? "its log was removed under way" : fault});
    }
}

void say_missing(const PoolResult& result, std::size_t runs) {
  const std::size_t most = 20;
  const auto list = [most](const std::vector<Missing>& missing) {
    for (std::size_t i = 0; i < std::min(missing.size(), most); ++i)
      say("  {}: {}\n", missing[i].run, missing[i].why);
    if (missing.size() > most) say("  and {} more\n", missing.size() - most);
  };
  if (!result.failed.empty())
    say("fanin: {} of {} runs failed; the same command tries them again:\n", result.failed.size(),
        runs);
  list(result.failed);
  if (!result.held.empty())
    say("fanin: {} of {} runs are left to other processes, which are at them:\n",
        result.held.size(), runs);
  list(result.held);
}

}  // namespace

int run_sweeps(const std::vector<Sweep>& sweeps, const SweepOptions& options) {
  std::vector<Plan> plans = make_plans(sweeps, options);  // nothing is written up to here
  std::vector<Job> jobs;
  std::size_t runs = 0;
  for (const Plan& plan : plans)
    if (options.fresh) plan.check_free();
  for (const Plan& plan : plans) {
    if (options.fresh) plan.remove_old();
    if (const std::size_t strange = strange_logs(plan.folder, names_of(*plan.sweep)); strange > 0)
      say("fanin: warning: {} log(s) in {} are of no run of this spec: they stay, and are in "
          "no table\n",
          strange, (plan.folder / "runs").string());
    write_settings(plan);
    jobs.insert(jobs.end(), plan.jobs.begin(), plan.jobs.end());
    runs += plan.runs;
  }
  const std::size_t most = side_by_side(options.jobs, jobs), todo = jobs.size();
  const bool whole = options.shard.of == 1;
  std::vector<Gathered> gathered;
  for (const Plan& plan : plans)
    gathered.push_back({plan.sweep, plan.folder, Records(plan.sweep->runs.size())});
  if (options.output == Output::text) {
    double total = 0, longest = 0;  // predicted; the progress line soon knows this machine better
    for (const Job& job : jobs) total += job.cost, longest = std::max(longest, job.cost);
    const double seconds =
        std::max(longest, total / static_cast<double>(std::max<std::size_t>(most, 1)));
    const std::string how =
        todo > 0 ? fmt::format("; {} at a time, about {}", std::min(most, todo), duration(seconds))
                 : "";
    const std::string of =
        whole ? "" : fmt::format(" of shard {}/{}", options.shard.number, options.shard.of);
    say("{} runs{}, {} of them finished before{}\n", runs, of, runs - todo, how);
    if (todo > 0 && whole)
      for (const Plan& plan : plans) say("page: {}\n", (plan.folder / page_file).string());
  }
  std::vector<Gathered> none;
  LivePages live(whole ? gathered : none);  // shards would write one another's
  PoolResult result = run_jobs(jobs, most, options.output, [&live] { live.renew(); });
  if (!whole) keep_complete(plans, gathered, options.output);
  bool all_written = written([&] {
    for (Gathered& page : gathered)
      take_in_ended(*std::ranges::find(plans, page.sweep, &Plan::sweep), page);
  });
  if (!result.stopped) {
    all_written &= written([&] { note_lost(gathered, sweeps.size() > 1, result); });
    for (const Plan& plan : plans)  // removed under way with its folder
      if (whole && !is_there(plan.folder / spec_file))
        all_written &= written([&] { write_settings(plan); });
  }
  std::vector<Results> results;
  std::vector<PageSweep> pages;
  results.reserve(gathered.size());
  for (const Gathered& sweep : gathered) {
    results.push_back(results_of(*sweep.sweep, sweep.records));
    pages.push_back({&results.back(), sweep.folder});
  }
  for (const PageSweep& page : pages) all_written &= written([&] { conclude(page, options); });
  all_written &= written([&] { write_page_of_all(pages, options); });
  if (result.stopped) {
    say("fanin: stopped with {} of {} runs done; the same command{} goes on where this "
        "stopped\n",
        runs - todo + result.done, runs, options.fresh ? " without --fresh" : "");
    return 1;
  }
  say_missing(result, runs);
  return all_written && result.failed.empty() && result.held.empty() ? 0 : 1;
}

}  // namespace fanin
