#pragma once

#include <chrono>
#include <vector>

#include "experiments/page/page.hpp"

namespace fanin {

// The pages of running sweeps, folder/report.html each, written anew every few seconds with what
// there is; seldom enough that writing takes a twentieth of the time at most.
class LivePages {
 public:
  // The sweeps, which must outlive this, get the records of the runs as they grow.
  explicit LivePages(std::vector<PageSweep>& sweeps) : sweeps_(sweeps) {}

  void renew();  // if it is time to; a page that cannot be written is a warning, once

 private:
  using Clock = std::chrono::steady_clock;

  std::vector<PageSweep>& sweeps_;
  Clock::time_point next_ = Clock::now();
  bool first_ = true;  // the sweep has said where its page is: there must be one
  bool warned_ = false;
};

}  // namespace fanin
