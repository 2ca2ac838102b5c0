#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace fanin {

// What a running process has reached; NaN where nothing is known yet.
struct RunStatus {
  std::string name;
  std::size_t epoch, step, total_steps;
  double loss, accuracy;  // of the last logged step; of the last evaluation, in [0, 1]
  double images_per_second;
  std::vector<double> losses = {};  // logged so far
};

struct SweepStatus {
  std::vector<RunStatus> running;
  std::size_t done, failed, left;  // left: not yet started
  double seconds_left;             // NaN when unknown
};

// A line per running process and one for the whole, in at most so many rows and columns. Where
// these are few the least telling numbers go, whole; a name keeps its last characters.
std::vector<std::string> status_lines(const SweepStatus& status, std::size_t rows,
                                      std::size_t columns);

// "12 s", "4 min", "2 h 5 min".
std::string duration(double seconds);

// "12 of 51 done, 2 running, 37 left, 1 failed, about 4 min to go"; what fits the columns of it.
std::string total_line(const SweepStatus& status, std::size_t columns = 200);

// Losses as a line of blocks, at most `most` of them, each the mean of its share of the steps,
// between the lowest and the highest; "" for fewer than two.
std::string sparkline(const std::vector<double>& losses, std::size_t most);

// Tells on stderr how a sweep goes: a live block on a terminal, plain lines elsewhere, nothing when
// quiet.
class Progress {
 public:
  explicit Progress(bool quiet);

  void report(const std::string& line);  // says something once
  void show(const SweepStatus& status);  // call it often: it draws when it is time to
  void finish();                         // removes the live block

 private:
  void draw(std::vector<std::string> lines);

  bool quiet_, terminal_;
  std::chrono::steady_clock::time_point next_;
  std::string reports_;             // to print above the block with its next drawing
  std::vector<std::size_t> drawn_;  // the width of each line of the block that stands now
};

}  // namespace fanin
