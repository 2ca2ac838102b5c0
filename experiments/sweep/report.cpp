#include "experiments/sweep/report.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <ranges>

#include "experiments/charts/figure.hpp"
#include "experiments/page/page.hpp"
#include "experiments/page/words.hpp"
#include "experiments/record/events.hpp"
#include "experiments/record/folder.hpp"
#include "experiments/record/standing.hpp"
#include "experiments/report/csv.hpp"
#include "experiments/report/tables.hpp"
#include "experiments/report/tuning.hpp"
#include "experiments/sweep/plan.hpp"
#include "experiments/sweep/process.hpp"
#include "experiments/task/models.hpp"
#include "framework/core/error.hpp"
#include "framework/core/parallel.hpp"
#include "framework/core/text.hpp"

namespace fanin {
namespace {

namespace fs = std::filesystem;

// Draws the figures and returns how many. If it cannot draw one, a warning says why.
std::size_t draw(const Results& results, const fs::path& folder) {
  std::size_t drawn = 0;
  try {
    const auto script = find_shipped("charts/render.mjs");
    if (script.empty()) throw Error("experiments/charts/render.mjs is not there");
    fs::create_directories(folder / "figures");
    const Styles inits = styles_of(inits_of(results.sweep));
    for (const SweepFigure& figure : sweep_figures(results, inits)) {
      if (figure.name == "histograms") continue;  // the page shows them; one picture cannot
      write_figure(figure.spec, script, folder / "figures" / (figure.name + ".svg"));
      ++drawn;
    }
  } catch (const std::exception& error) {  // the tables are already written
    say("fanin: warning: cannot draw the figures of {}: {}\n", results.sweep.name, error.what());
  }
  return drawn;
}

// Reads the logs again, some at a time, as all looks of a large sweep would fill the memory.
void write_layers(const Results& results, const fs::path& folder) {
  constexpr std::size_t at_once = 64;
  const auto& ended = results.ended;
  const UseThreads threads(ended.size() < 2 * at_once ? 1 : reading_threads);
  OutputFile file(folder / layers_file, fmt::format(".{}.part", getpid()));
  try {
    file.write(layers_csv_header(results.sweep));
    for (std::size_t first = 0; first < ended.size(); first += at_once) {
      std::vector<std::string> rows(std::min(at_once, ended.size() - first));
      parallel_for(rows.size(), 1, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
          const Run& run = ended[first + i].run;
          const auto record =
              log_of(run_files(folder, run.name), train_command(run.options), Depth::curves);
          if (record) rows[i] = layers_csv_rows(results.sweep, run, *record);
        }
      });
      for (const std::string& text : rows) file.write(text);
    }
    file.commit();
  } catch (...) {
    file.discard();
    throw;
  }
}

// The width of the terminal, or 100 without one.
std::size_t stdout_columns() {
  winsize size{};
  if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
    return 100;
  return std::clamp<std::size_t>(size.ws_col, 60, 160);
}

std::string text_of(const fs::path& file) { return is_there(file) ? read_file(file) : ""; }

// The first line that differs between two texts, from both of them.
std::string difference(const std::string& one, const std::string& other) {
  const std::ptrdiff_t at = std::ranges::mismatch(one, other).in1 - one.begin();
  const auto line = [at](const std::string& text) {
    const std::size_t begin = text.substr(0, at).rfind('\n') + 1;
    return text.substr(begin, text.find('\n', at) - begin);
  };
  return fmt::format("`{}` and `{}`", line(one), line(other));
}

// How a run stands in a part if it is done or failed; otherwise a warning says why it is left out.
std::optional<Standing> ended(const Run& run, const Sweep& sweep, const fs::path& folder) {
  const Job job = make_job(sweep, run, folder);
  Standing there = ended_standing(job.files, job.expected, Depth::all);
  if (there.state == State::done || there.state == State::failed) return there;
  if (there.state == State::unreadable) throw Error(there.why);  // it may be whole
  if (!there.why.empty()) say("fanin: warning: left out: {}\n", there.why);
  return std::nullopt;
}

// The parts of one sweep, and the folder that they are copied to.
class Merge {
 public:
  Merge(fs::path to, std::vector<fs::path> from) : to_(std::move(to)), from_(std::move(from)) {
    if (is_file(to_ / spec_file)) from_.insert(from_.begin(), to_);
    for (const char* name : {spec_file, model_file}) {
      const std::string first = text_of(from_.front() / name);
      for (const fs::path& folder : from_)
        if (const std::string text = text_of(folder / name); text != first)
          throw UsageError("merge: {} and {} are not of the same sweep: their {} differ, {}",
                           from_.front().string(), folder.string(), name, difference(first, text));
    }
    sweep_ = read_sweep(from_.front() / spec_file);
    for (const fs::path& folder : from_)  // quicker than asking for each log
      logs_.push_back(find_logs(sweep_, folder, "its spec: left out"));
    Records starts(sweep_.runs.size());
    for (std::size_t i = 0; i < sweep_.runs.size(); ++i) starts[i] = choose(i);
    const Mixture mixture = mixture_of(sweep_, starts);
    for (const std::string& what : {mixture.data, mixture.model})
      if (!what.empty()) throw UsageError("merge: " + what);
  }

  void write() const {
    for (const char* name : {spec_file, model_file})
      if (const std::string text = text_of(from_.front() / name); !text.empty())
        write_file(to_ / name, text);
    std::vector<std::string> manifests;
    for (const fs::path& folder : from_) manifests.push_back(text_of(folder / manifest_file));
    if (const std::string text = join_manifests(manifests); !text.empty())
      write_file(to_ / manifest_file, text);
    for (const auto& [i, folder] : new_) {
      const Run& run = sweep_.runs[i];
      const RunFiles there = run_files(folder, run.name, sweep_.keep_weights),
                     here = run_files(to_, run.name, sweep_.keep_weights);
      if (is_there(there.weights)) write_file(here.weights, read_file(there.weights), false);
      write_file(here.log, read_file(there.log), false);
    }
    if (there_ + new_.size() > 0) flush_folder(to_ / "runs");  // the user may remove the parts now
    const std::size_t missing = sweep_.runs.size() - there_ - new_.size();
    say("{}: {} runs were there, {} are new, {} missing{}{}\n", to_.string(), there_, new_.size(),
        missing, failed_ > 0 ? fmt::format(", {} failed", failed_) : "",
        missing + failed_ > 0 ? ": `fanin status` names them" : "");
    if (begun_ > 0)
      say("fanin: warning: {} of them were started; their checkpoints stay in the parts, where the "
          "same command continues them\n",
          begun_);
  }

 private:
  // Chooses the part whose log of a run is taken, and returns that log if it is done. A failed run
  // is taken if no part has finished it.
  std::optional<RunRecord> choose(std::size_t i) {
    const Run& run = sweep_.runs[i];
    const fs::path *chosen = nullptr, *failed = nullptr;
    std::optional<RunRecord> record;
    bool begun = false;
    for (std::size_t part = 0; part < from_.size(); ++part) {
      const fs::path& folder = from_[part];
      begun = begun || logs_[part].growing.contains(run.name);
      if (!logs_[part].ended.contains(run.name)) continue;
      std::optional<Standing> there = ended(run, sweep_, folder);
      if (!there) continue;
      if (there->state == State::failed) {
        if (failed == nullptr) failed = &folder;
      } else if (chosen == nullptr) {
        chosen = &folder, record.emplace();  // the rest would take much memory
        record->start = there->record->start, record->end = there->record->end;
      } else if (record->end->sha256 != there->record->end->sha256) {
        throw UsageError(
            "merge: {} and {} are different logs of one run; leave out one folder, or remove one "
            "log",
            run_files(*chosen, run.name).log.string(), run_files(folder, run.name).log.string());
      }
    }
    if (chosen == nullptr && failed != nullptr) ++failed_, chosen = failed;
    if (chosen == nullptr)
      begun_ += begun;
    else if (*chosen == to_)
      ++there_;
    else
      new_.emplace_back(i, *chosen);
    return record;
  }

  fs::path to_;
  std::vector<fs::path> from_;
  std::vector<Logs> logs_;  // of each part
  Sweep sweep_;
  std::vector<std::pair<std::size_t, fs::path>> new_;  // runs, and where their logs are
  std::size_t there_ = 0, failed_ = 0, begun_ = 0;
};

}  // namespace

void write_figure(const nlohmann::json& spec, const fs::path& script, const fs::path& svg) {
  const fs::path file = fs::path(svg).replace_extension(".vl.json");
  write_file(file, dump_json(spec, 2) + "\n");
  Process node({"env", "node", script.string(), file.string(), svg.string()}, "/usr/bin/env");
  std::optional<int> code;
  while (!(code = node.poll())) {
    pollfd output{node.descriptor(), POLLIN, 0};
    ::poll(&output, 1, 100);
  }
  if (*code == 0) return;
  const std::string& said = node.last_line();
  const std::size_t at = said.find("Error: ");
  throw Error("cannot draw {}: {}", svg.string(),
              *code == 127              ? "node: No such file or directory"
              : at == std::string::npos ? "node failed"
                                        : said.substr(at + 7));
}

std::size_t summarise(const Results& results, const fs::path& folder) {
  const Mixture mixture = mixture_of(results.sweep, results.records);
  for (const std::string& what : {mixture.data, mixture.model, mixture.kernels})
    if (!what.empty()) say("fanin: warning: {}: {}\n", folder.string(), what);
  write_file(folder / summary_file, summary_csv(results));
  write_file(folder / timings_file, timings_csv(results));
  write_file(folder / statistics_file, statistics_csv(results));
  write_file(folder / comparisons_file, comparisons_csv(results));
  write_file(folder / curves_file, curves_csv(results));
  if (const std::string tuning = tuning_csv(results); tuning.empty())
    fs::remove(folder / tuning_file);  // of a sweep that was tuned before
  else
    write_file(folder / tuning_file, tuning);
  write_layers(results, folder);
  return draw(results, folder);
}

void print_results(const Results& results) {
  const std::size_t columns = stdout_columns();
  std::string text;
  for (const std::string& sentence : answers(results)) text += wrapped(sentence, columns);
  show("\n{}\n{}", text, summary_table(results, columns));
}

void report(const std::vector<fs::path>& in, const fs::path& out) {
  std::vector<Sweep> sweeps;
  std::vector<fs::path> folders;
  for (const auto& folder : in)
    for (auto& one : sweep_folders(folder)) folders.push_back(std::move(one));
  for (const auto& folder : folders) sweeps.push_back(read_sweep(folder / spec_file));
  std::vector<Records> all(sweeps.size());
  std::vector<Results> results;
  results.reserve(sweeps.size());
  std::vector<PageSweep> pages;
  for (std::size_t i = 0; i < sweeps.size(); ++i) {
    const auto& folder = folders[i];
    const Records& records = all[i] = find_records(sweeps[i], folder);
    std::size_t missing = 0;
    for (std::size_t run = 0; run < records.size(); ++run) {
      if (records[run]) continue;
      ++missing;
      if (const std::string fault = fault_of(sweeps[i].runs[run], folder); !fault.empty())
        say("fanin: warning: left out: {}\n", fault);
    }
    if (missing == records.size()) {
      const std::string empty = fmt::format("{} has no finished run of its spec", folder.string());
      if (i + 1 == sweeps.size() && pages.empty()) throw UsageError(empty);
      say("fanin: warning: left out: {}\n", empty);
      continue;
    }
    if (missing > 0)
      say("fanin: warning: {}: {} of {} runs are missing; `fanin status` names them\n",
          folder.string(), missing, records.size());
    results.push_back(results_of(sweeps[i], records, find_tuning(sweeps[i], folder)));
    summarise(results.back(), folder);
    pages.push_back({&results.back(), folder});
    write_page(folder / page_file, {&pages.back(), 1});
    say("page: {}\n", (folder / page_file).string());
  }
  if (pages.size() > 1 || !out.empty()) {
    const auto file = out.empty() ? folders.front().parent_path() / page_file : out;
    write_page(file, pages);
    say("page of all sweeps: {}\n", file.string());
  }
  if (folders.size() == 1) print_results(results.front());
}

void merge(const fs::path& out, const std::vector<fs::path>& folders) {
  std::map<fs::path, std::vector<fs::path>> parts;
  std::vector<std::string> empty;  // a task that was killed at once leaves such folders
  for (const fs::path& folder : folders) try {
      for (const fs::path& sweep : sweep_folders(folder))
        parts[sweep == folder ? out : out / sweep.filename()].push_back(sweep);
    } catch (const UsageError& error) {
      empty.emplace_back(error.what());
    }
  if (parts.empty()) throw UsageError(empty.front());
  for (const std::string& why : empty) say("fanin: warning: left out: {}\n", why);
  if (parts.size() > 1 && parts.contains(out))
    throw UsageError(
        "merge: {} holds one sweep, others hold several; name only folders of one kind",
        parts[out].front().string());
  std::vector<Merge> merges;
  for (auto& [to, from] : parts) merges.emplace_back(to, std::move(from));
  for (const Merge& one : merges) one.write();
  const auto merged = std::views::keys(parts);
  report({merged.begin(), merged.end()});
}

}  // namespace fanin
