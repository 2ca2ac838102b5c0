#include "experiments/sweep/sweep.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "experiments/page/page.hpp"
#include "experiments/record/events.hpp"
#include "experiments/record/folder.hpp"
#include "experiments/report/tuning.hpp"
#include "experiments/sweep/plan.hpp"
#include "experiments/sweep/pool.hpp"
#include "experiments/sweep/progress.hpp"
#include "experiments/sweep/report.hpp"
#include "framework/core/error.hpp"
#include "framework/core/parallel.hpp"
#include "framework/core/text.hpp"

namespace fanin {
namespace {

// How many runs to train at a time: as many as wanted, but not more threads than cores.
std::size_t side_by_side(std::size_t wanted, const std::vector<Job>& jobs) {
  std::size_t threads = 1;
  for (const Job& job : jobs) threads = std::max(threads, job.run->options.threads);
  const std::size_t cores = usable_cores(), room = std::max<std::size_t>(1, cores / threads);
  if (wanted > room)
    say("fanin: --jobs {} with {} thread(s) each is too much for {} core(s); training {} at a "
        "time\n",
        wanted, threads, cores, room);
  return wanted == 0 ? room : std::min(wanted, room);
}

// Writes the pages of running sweeps every few seconds, in a twentieth of the time at most.
struct LivePages {
  using Clock = std::chrono::steady_clock;
  Clock::time_point next = Clock::now();
  bool warned = false;
  std::map<const Plan*, std::shared_ptr<const Tuning>> tunings = {};

  void renew(std::vector<Plan>& plans) {  // if it is time to
    const Clock::time_point begin = Clock::now();
    if (begin < next) return;
    for (Plan& plan : plans) try {
        std::vector<std::size_t> runs;  // the runs that had not ended
        for (std::size_t i = 0; i < plan.records.size(); ++i)
          if (!plan.records[i] || !plan.records[i]->end) runs.push_back(i);
        find_records(*plan.sweep, plan.folder, runs, plan.records, /*growing=*/true);
        const auto [tuning, is_new] = tunings.try_emplace(&plan);
        if (is_new) tuning->second = find_tuning(*plan.sweep, plan.folder);
        const Results results = results_of(*plan.sweep, plan.records, tuning->second);
        const PageSweep page{&results, plan.folder};
        write_page(plan.folder / page_file, {&page, 1}, true);
      } catch (const std::exception& error) {
        if (!std::exchange(warned, true))
          say("fanin: warning: cannot write the page: {}\n", message_of(error));
      }
    const Clock::time_point end = Clock::now();
    next = end + std::max<Clock::duration>(std::chrono::seconds(5), 20 * (end - begin));
  }
};

// Writes tables, figures and the page of the runs that have ended.
void conclude(const PageSweep& page, const SweepOptions& options) {
  const Results& results = *page.results;
  const std::string file = (page.folder / page_file).string();
  const bool any = !results.panels.empty();  // if not, this only replaces the live page
  const std::size_t figures = any ? summarise(results, page.folder) : 0;
  write_page(file, {&page, 1});
  if (any && options.output == Output::text)
    say("{}: table {}, {} figure(s), page {}\n", results.sweep.name,
        (page.folder / summary_file).string(), figures, file);
  if (any && options.output == Output::json)
    show("{}\n", dump_json({{"event", "sweep"},
                            {"name", results.sweep.name},
                            {"folder", page.folder.string()},
                            {"page", file}}));
}

// Returns false, and prints why, if something cannot be read or written. The sweep goes on.
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

// Writes only what is new, because shards that start together would replace each other's files.
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
  renew(manifest_file, join_manifests({others ? read_file(manifest) : "", plan.manifest}));
}

// Whether this shard need not summarise the sweep: others have runs to do, or its tables are done.
bool is_left_to_others(const Plan& plan, Output output) {
  const std::vector<Run>& runs = plan.sweep->runs;
  const Logs logs = logs_in(plan.folder);  // asking for each log is slow over NFS
  auto there = std::ranges::count_if(
      runs, [&logs](const Run& run) { return logs.ended.contains(run.name); });
  if (plan.jobs.empty() && is_there(plan.folder / page_file) &&
      std::cmp_greater_equal(rows_of(plan.folder / summary_file), there))
    return true;
  if (std::cmp_equal(there, runs.size()))  // some may be from an earlier sweep
    there = std::ranges::count_if(runs, [&plan](const Run& run) {
      const RunFiles files = run_files(plan.folder, run.name);
      return log_of(files, train_command(run.options), Depth::ends).has_value();
    });
  const bool left = std::cmp_less(there, runs.size());
  if (left && output == Output::text)
    say("{}: {} of {} runs are finished; the last shard writes the tables, or `fanin report {}` "
        "now\n",
        plan.sweep->name, there, runs.size(), plan.folder.string());
  return left;
}

// Counts ended runs as failed if their logs are gone or damaged.
void note_lost(const Plan& plan, bool several, PoolResult& result) {
  std::set<std::string> named;
  for (const auto* list : {&result.failed, &result.held})
    for (const Missing& missing : *list) named.insert(missing.run);
  for (std::size_t i = 0; i < plan.records.size(); ++i) {
    const Run& run = plan.sweep->runs[i];
    const std::string label = make_job(*plan.sweep, run, plan.folder, several).label;
    if (plan.records[i] || named.contains(label)) continue;
    const std::string fault = fault_of(run, plan.folder);
    result.failed.push_back({label, fault.empty() ? "its log was removed during the run" : fault});
  }
}

void say_plan(const std::vector<Plan>& plans, const std::vector<Job>& jobs, std::size_t most,
              std::size_t runs, const Shard& shard) {
  double total = 0, longest = 0;  // predicted; the progress line soon knows better
  for (const Job& job : jobs) total += job.cost, longest = std::max(longest, job.cost);
  const double seconds = std::max(longest, total / static_cast<double>(most));
  const bool whole = shard.of == 1, any = !jobs.empty();
  say("{} runs{}, {} of them already finished{}\n", runs,
      whole ? "" : fmt::format(" of shard {}/{}", shard.number, shard.of), runs - jobs.size(),
      any ? fmt::format("; {} at a time, about {}", std::min(most, jobs.size()), duration(seconds))
          : "");
  if (any && whole)
    for (const Plan& plan : plans) say("page: {}\n", (plan.folder / page_file).string());
}

void say_missing(const PoolResult& result, std::size_t runs) {
  constexpr std::size_t most = 20;
  for (const auto& [missing, how] :
       {std::pair(result.failed, "failed; the same command tries them again"),
        std::pair(result.held, "are being trained by other processes")}) {
    if (!missing.empty()) say("fanin: {} of {} runs {}:\n", missing.size(), runs, how);
    for (std::size_t i = 0; i < std::min(missing.size(), most); ++i)
      say("  {}: {}\n", missing[i].run, missing[i].why);
    if (missing.size() > most) say("  and {} more\n", missing.size() - most);
  }
}

}  // namespace

int run_sweeps(const std::vector<Sweep>& sweeps, const SweepOptions& options) {
  std::vector<Plan> plans = make_plans(sweeps, options);  // writes nothing yet
  std::vector<Job> jobs;
  std::size_t runs = 0;
  if (options.fresh) remove_old(plans);
  for (const Plan& plan : plans) {
    find_logs(*plan.sweep, plan.folder, "this spec: they stay, but no table counts them");
    write_settings(plan);
    jobs.insert(jobs.end(), plan.jobs.begin(), plan.jobs.end());
    runs += plan.runs;
  }
  const std::size_t most = side_by_side(options.jobs, jobs), todo = jobs.size();
  const bool whole = options.shard.of == 1, texts = options.output == Output::text;
  if (texts) say_plan(plans, jobs, most, runs, options.shard);
  LivePages live;
  PoolResult result = run_jobs(jobs, most, options.output, [&] {
    if (whole) live.renew(plans);  // shards would overwrite each other's
  });
  if (!whole)
    std::erase_if(plans, [&](const Plan& plan) { return is_left_to_others(plan, options.output); });
  bool all_written = written([&] {
    for (Plan& plan : plans) plan.records = find_records(*plan.sweep, plan.folder);
  });
  if (!result.stopped) {
    all_written &= written([&] {
      for (const Plan& plan : plans) note_lost(plan, sweeps.size() > 1, result);
    });
    for (const Plan& plan : plans)  // somebody removed the folder meanwhile
      if (whole && !is_there(plan.folder / spec_file))
        all_written &= written([&] { write_settings(plan); });
  }
  std::vector<Results> results;
  std::vector<PageSweep> pages;
  results.reserve(plans.size());
  for (const Plan& plan : plans) {
    results.push_back(results_of(*plan.sweep, plan.records, find_tuning(*plan.sweep, plan.folder)));
    pages.push_back({&results.back(), plan.folder});
  }
  for (const PageSweep& page : pages) all_written &= written([&] { conclude(page, options); });
  all_written &= written([&] {
    if (pages.size() < 2 || !options.print_tables) return;
    write_page(options.out / page_file, pages);
    if (texts) say("page of all sweeps: {}\n", (options.out / page_file).string());
  });
  for (const Results& of : results)  // last, so that they are on the screen
    if (options.print_tables && options.output != Output::json && !of.panels.empty())
      print_results(of);
  if (result.stopped) {
    say("fanin: stopped with {} of {} runs done; the same command{} continues where this stopped\n",
        runs - todo + result.done, runs, options.fresh ? " without --fresh" : "");
    return 1;
  }
  say_missing(result, runs);
  return all_written && result.failed.empty() && result.held.empty() ? 0 : 1;
}

}  // namespace fanin
