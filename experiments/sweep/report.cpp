#include "experiments/sweep/report.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "experiments/charts/figure.hpp"
#include "experiments/page/page.hpp"
#include "experiments/record/events.hpp"
#include "experiments/report/tables.hpp"
#include "experiments/sweep/plan.hpp"
#include "experiments/sweep/process.hpp"
#include "experiments/task/shipped.hpp"
#include "framework/core/error.hpp"
#include "framework/core/say.hpp"

namespace fanin {
namespace {

// Draws the figures and returns how many. If it cannot draw one, a warning says why.
std::size_t draw(const Results& results, const std::filesystem::path& folder) {
  std::size_t drawn = 0;
  try {
    const auto script = find_shipped("charts/render.mjs");
    if (script.empty()) throw Error("experiments/charts/render.mjs is not there");
    std::filesystem::create_directories(folder / "figures");
    const Styles inits = styles_of(inits_of(results.sweep));
    for (const SweepFigure& figure : sweep_figures(results, inits)) {
      if (figure.name == "histograms") continue;  // only on the page; too many for one picture
      write_figure(figure.spec, script, folder / "figures" / (figure.name + ".svg"));
      ++drawn;
    }
  } catch (const std::exception& error) {  // the numbers are safe
    say("fanin: warning: no figure for {}: {}\n", results.sweep.name, error.what());
  }
  return drawn;
}

// The width of the terminal, or 100 without one.
std::size_t stdout_columns() {
  winsize size{};
  if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
    return 100;
  return std::clamp<std::size_t>(size.ws_col, 60, 160);
}

}  // namespace

void write_figure(const nlohmann::json& spec, const std::filesystem::path& script,
                  const std::filesystem::path& svg) {
  const std::filesystem::path file = std::filesystem::path(svg).replace_extension(".vl.json");
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

std::size_t summarise(const Results& results, const std::filesystem::path& folder,
                      bool print_table) {
  const Mixture mixture = mixture_of(results.sweep, results.records);
  for (const std::string& what : {mixture.data, mixture.model, mixture.kernels})
    if (!what.empty()) say("fanin: warning: {}: {}\n", folder.string(), what);
  write_file(folder / summary_file, summary_csv(results));
  write_file(folder / timings_file, timings_csv(results));
  write_file(folder / statistics_file, statistics_csv(results));
  write_file(folder / comparisons_file, comparisons_csv(results));
  if (print_table) show("\n{}\n", summary_table(results, stdout_columns()));
  return draw(results, folder);
}

void report(const std::vector<std::filesystem::path>& in, const std::filesystem::path& out) {
  std::vector<Sweep> sweeps;
  std::vector<std::filesystem::path> folders;
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
    results.push_back(results_of(sweeps[i], records));
    summarise(results.back(), folder, folders.size() == 1);
    pages.push_back({&results.back(), folder});
    write_page(folder / page_file, {&pages.back(), 1});
    say("page: {}\n", (folder / page_file).string());
  }
  const bool together = pages.size() > 1 || !out.empty();
  if (!together) return;
  const auto file = out.empty() ? folders.front().parent_path() / page_file : out;
  write_page(file, pages);
  say("page of all: {}\n", file.string());
}

}  // namespace fanin
