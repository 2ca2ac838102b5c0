#include "experiments/sweep/forecast.hpp"

#include <algorithm>
#include <limits>

namespace fanin {

void Forecast::ended(double cost, double seconds) {
  auto& [all, count] = ended_[cost];
  all += seconds, ++count;
}

double Forecast::seconds_left(const std::vector<Running>& running,
                              const std::vector<double>& to_come, std::size_t slots) const {
  double cost = 0, seconds = 0;  // of what was done
  for (const auto& [each, times] : ended_)
    cost += each * static_cast<double>(times.second), seconds += times.first;
  for (const Running& run : running) cost += run.cost * run.done, seconds += run.seconds;
  if (cost <= 0) return std::numeric_limits<double>::quiet_NaN();
  const auto whole = [&](double of) {
    const auto like = ended_.find(of);
    return like == ended_.end() ? of * seconds / cost
                                : like->second.first / static_cast<double>(like->second.second);
  };
  double all = 0, longest = 0;
  for (const Running& run : running) {
    constexpr double telling = 0.02;  // of a run, to judge it by itself
    const double left = run.done > telling ? run.seconds * (1 - run.done) / run.done
                                           : std::max(0.0, whole(run.cost) - run.seconds);
    all += left, longest = std::max(longest, left);
  }
  for (const double run : to_come) all += whole(run), longest = std::max(longest, whole(run));
  return std::max(longest, all / static_cast<double>(std::max<std::size_t>(slots, 1)));
}

}  // namespace fanin
