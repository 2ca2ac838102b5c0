#pragma once

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

#include "tests/support/arrays.hpp"

namespace fanin {

// A recorded case, while a test compares its numbers. If FANIN_PARITY names a file, each case adds
// a line to it. `make parity` makes the table in tests/golden/README.md from these lines.
class Tally {
 public:
  Tally(std::string section, std::string row, std::string name)
      : line_(std::move(section) + "\t" + std::move(row) + "\t" + std::move(name)) {
    current_ = this;
  }
  Tally(const Tally&) = delete;
  Tally& operator=(const Tally&) = delete;
  ~Tally() {
    current_ = nullptr;
    const char* path = std::getenv("FANIN_PARITY");
    if (path == nullptr || count_ == 0) return;
    std::FILE* file = std::fopen(path, "a");
    if (file == nullptr) return;
    std::fprintf(file, "%s\t%d\t%d\t%g\t%g\n", line_.c_str(), identical_, failing_, gap_, allowed_);
    std::fclose(file);
  }

  // Adds a comparison to the current case, if there is one.
  static void compared(bool identical, double gap, double allowed) {
    if (current_ == nullptr) return;
    ++current_->count_;
    current_->identical_ &= identical;
    current_->failing_ |= !(gap <= allowed);
    current_->gap_ = std::max(current_->gap_, gap);
    current_->allowed_ = std::max(current_->allowed_, allowed);
  }
  static void compared(bool identical) { compared(identical, identical ? 0 : HUGE_VAL, 0); }
  static void compared(const Array& got, const Array& want, double allowed) {
    compared(same_bits(got, want), gap(got, want), allowed);
  }

 private:
  static inline Tally* current_ = nullptr;
  std::string line_;
  int count_ = 0;
  bool identical_ = true, failing_ = false;
  double gap_ = 0, allowed_ = 0;
};

}  // namespace fanin
