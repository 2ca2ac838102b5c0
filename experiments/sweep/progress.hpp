#pragma once

#include <chrono>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

namespace fanin {

constexpr double not_known = std::numeric_limits<double>::quiet_NaN();

// What a running process has reached.
struct RunStatus {
  std::string name;
  std::size_t epoch = 1, step = 0, total_steps = 0;
  double loss = not_known, accuracy = not_known;  // at the last logged step; the last evaluation
  double images_per_second = not_known;
};

struct SweepStatus {
  std::vector<RunStatus> running;
  std::size_t done = 0, failed = 0, left = 0;  // left: not started yet
  double seconds_left = not_known;
};

// A line for each running process and one for the whole sweep, in at most so many rows and columns.
// A line has the most important numbers first and drops those that do not fit. A name takes half of
// the columns at most and keeps its last characters.
std::vector<std::string> status_lines(const SweepStatus& status, std::size_t rows,
                                      std::size_t columns);

// "12 s", "4 min", "2 h 5 min".
std::string duration(double seconds);

// Shows on stderr how a sweep goes: a live block on a terminal, plain lines elsewhere, nothing if
// quiet.
class Progress {
 public:
  explicit Progress(bool quiet);

  void report(const std::string& line);  // prints a line once
  void show(const SweepStatus& status);  // draws if it is time to, so call it often
  void finish();                         // removes the live block

 private:
  void draw(const std::vector<std::string>& lines);

  bool quiet_, terminal_;
  std::chrono::steady_clock::time_point next_;
  std::string reports_;             // printed above the block at the next drawing
  std::vector<std::size_t> drawn_;  // the width of each line of the present block
};

}  // namespace fanin
