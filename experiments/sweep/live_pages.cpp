#include "experiments/sweep/live_pages.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "experiments/report/summary.hpp"
#include "framework/core/error.hpp"

namespace fanin {
namespace {

constexpr std::chrono::seconds period(5);

// Takes in what the logs say now; whether that is more than before.
bool read_on(PageSweep& page) {
  bool more = false;
  DrawnHistograms drawn;
  for (std::size_t i = 0; i < page.records.size(); ++i) {
    std::optional<RunRecord>& record = page.records[i];
    const Run& run = page.sweep->runs[i];
    if (record && record->end) {
      drawn.keep_or_forget(run, *record);
      continue;
    }
    std::optional<RunRecord> now = find_record(run, page.folder);
    if (!now) now = growing_record(run, page.folder);
    if (now) drawn.keep_or_forget(run, *now);
    more = more || now.has_value();
    record = std::move(now);
  }
  return more;
}

}  // namespace

void LivePages::renew() {
  const Clock::time_point begin = Clock::now();
  if (begin < next_) return;
  for (PageSweep& page : sweeps_) {
    if (!read_on(page) && !first_) continue;
    try {
      write_page(page.folder / "report.html", {&page, 1}, true);
    } catch (const std::exception& error) {
      if (!warned_) fmt::print(stderr, "fanin: warning: no page: {}\n", error.what());
      warned_ = true;
    }
  }
  first_ = false;
  const Clock::time_point end = Clock::now();
  next_ = end + std::max<Clock::duration>(period, 20 * (end - begin));
}

}  // namespace fanin
