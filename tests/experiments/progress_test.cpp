#include "experiments/sweep/progress.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <limits>

namespace fanin {
namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

using Words = std::vector<std::string>;

RunStatus run(const std::string& name) { return {name, 2, 1500, 2814, 0.25, 0.975, 51234}; }

std::size_t width(const std::string& line) {
  return static_cast<std::size_t>(
      std::ranges::count_if(line, [](char c) { return (c & 0xC0) != 0x80; }));
}

TEST_CASE("progress: a line shows as much as fits, and is never wider than the terminal") {
  const SweepStatus status{{run("zero-seed0"), run("kaiming_normal-seed12-depth=30")}, 3, 0, 4, 90};
  const Words wide = status_lines(status, 10, 120);
  REQUIRE(wide.size() == 3);
  CHECK(wide[0] ==
        "zero-seed0                      1500/2814  acc 97.50 %  loss 0.2500  epoch 2  "
        "51234 images/s");
  CHECK(wide[2] == "3 of 9 done, about 2 min to go, 4 left, 2 running");
  for (const std::size_t rows : {2, 10})
    for (std::size_t columns = 1; columns <= 120; ++columns)
      for (const std::string& line : status_lines(status, rows, columns))
        CHECK(width(line) <= columns);
  const Words narrow = status_lines(status, 10, 70);
  CHECK(narrow[1] == "kaiming_normal-seed12-depth=30  1500/2814  acc 97.50 %  loss 0.2500");
  const Words short_lines = status_lines(status, 10, 30);
  CHECK(short_lines[0] == "zero-seed0       1500/2814");
  CHECK(short_lines[1] == "…eed12-depth=30  1500/2814");
  CHECK(short_lines[2] == "3 of 9 done, about 2 min to go");
}

TEST_CASE("progress: rows that do not fit are counted") {
  SweepStatus status{{}, 0, 1, 0, not_a_number};
  for (int i = 0; i < 9; ++i) status.running.push_back(run("run" + std::to_string(i)));
  const Words lines = status_lines(status, 5, 100);
  REQUIRE(lines.size() == 5);
  CHECK(lines[3] == "... and 6 more");
  CHECK(lines[4] == "0 of 10 done, 1 failed, 0 left, 9 running");
}

}  // namespace
}  // namespace fanin
