#pragma once

#include <chrono>
#include <filesystem>
#include <vector>

#include "experiments/report/results.hpp"

namespace fanin {

// What the logs of a sweep have said so far.
struct Gathered {
  const Sweep* sweep;
  std::filesystem::path folder;
  Records records;
};

// The pages of running sweeps, folder/report.html each, written anew every few seconds with what
// there is; seldom enough that writing takes a twentieth of the time at most.
class LivePages {
 public:
  // The sweeps, which must outlive this, get the records of the runs as they grow.
  explicit LivePages(std::vector<Gathered>& sweeps) : sweeps_(sweeps) {}

  void renew();  // if it is time to; a page that cannot be written is a warning, once

 private:
  using Clock = std::chrono::steady_clock;

  std::vector<Gathered>& sweeps_;
  Clock::time_point next_ = Clock::now();
  bool first_ = true;  // the sweep has said where its page is: there must be one
  bool warned_ = false;
};

}  // namespace fanin
