#pragma once

#include <cstddef>
#include <map>
#include <utility>
#include <vector>

namespace fanin {

// How long a sweep will take, from what its runs were predicted to cost and took. Runs of the same
// predicted cost take the same time; of one like which none was seen, the cost alone tells.
class Forecast {
 public:
  struct Running {
    double cost, seconds;  // predicted; since its start
    double done;           // its share of the steps, in [0, 1]
  };

  void ended(double cost, double seconds);
  // Until all is done, `slots` runs at a time; NaN while nothing is known.
  double seconds_left(const std::vector<Running>& running, const std::vector<double>& to_come,
                      std::size_t slots) const;

 private:
  std::map<double, std::pair<double, std::size_t>> ended_;  // seconds in all, and of how many
};

}  // namespace fanin
