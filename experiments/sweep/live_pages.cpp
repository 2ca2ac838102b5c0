#include "experiments/sweep/live_pages.hpp"

#include <algorithm>

#include "experiments/page/page.hpp"
#include "experiments/record/folder.hpp"
#include "framework/core/error.hpp"
#include "framework/core/say.hpp"

namespace fanin {
namespace {

constexpr std::chrono::seconds period(5);

// Takes in what the logs say now; whether that is more than before.
bool read_on(Gathered& sweep) {
  std::vector<std::size_t> runs;
  for (std::size_t i = 0; i < sweep.records.size(); ++i)
    if (!sweep.records[i] || !sweep.records[i]->end) runs.push_back(i);
  find_records(*sweep.sweep, sweep.folder, runs, sweep.records, /*growing=*/true);
  return std::ranges::any_of(runs, [&](std::size_t i) { return sweep.records[i].has_value(); });
}

}  // namespace

void LivePages::renew() {
  const Clock::time_point begin = Clock::now();
  if (begin < next_) return;
  for (Gathered& sweep : sweeps_) {
    try {
      if (!read_on(sweep) && !first_) continue;
      const Results results = results_of(*sweep.sweep, sweep.records);
      const PageSweep page{&results, sweep.folder};
      write_page(sweep.folder / page_file, {&page, 1}, true);
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
