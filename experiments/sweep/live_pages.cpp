#include "experiments/sweep/live_pages.hpp"

#include <algorithm>

#include "experiments/report/summary.hpp"
#include "framework/core/error.hpp"
#include "framework/core/say.hpp"

namespace fanin {
namespace {

constexpr std::chrono::seconds period(5);

// Takes in what the logs say now; whether that is more than before.
bool read_on(PageSweep& page) {
  std::vector<std::size_t> runs;
  for (std::size_t i = 0; i < page.records.size(); ++i)
    if (!page.records[i] || !page.records[i]->end) runs.push_back(i);
  find_records(*page.sweep, page.folder, runs, page.records, /*growing=*/true);
  return std::ranges::any_of(runs, [&](std::size_t i) { return page.records[i].has_value(); });
}

}  // namespace

void LivePages::renew() {
  const Clock::time_point begin = Clock::now();
  if (begin < next_) return;
  for (PageSweep& page : sweeps_) {
    try {
      if (!read_on(page) && !first_) continue;
      write_page(page.folder / "report.html", {&page, 1}, true);
    } catch (const std::exception& error) {
      if (!warned_) say("fanin: warning: no page: {}\n", message_of(error));
      warned_ = true;
    }
  }
  first_ = false;
  const Clock::time_point end = Clock::now();
  next_ = end + std::max<Clock::duration>(period, 20 * (end - begin));
}

}  // namespace fanin
