#include "experiments/sweep/report.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "experiments/page/page.hpp"
#include "experiments/report/records.hpp"
#include "experiments/sweep/job.hpp"
#include "experiments/sweep/summary.hpp"
#include "framework/core/error.hpp"
#include "framework/core/say.hpp"

namespace fanin {

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
    if (std::ranges::none_of(records, [](const auto& record) { return record.has_value(); })) {
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
