#include "framework/optim/schedule.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "framework/core/error.hpp"

namespace fanin::FANIN_PRECISION {
namespace {

void require_positive(const char* schedule, const char* name, std::size_t value) {
  if (value == 0) throw Error("{}: {} must be at least 1, got 0", schedule, name);
}

void require_factor(const char* name, double value, bool positive) {
  if (!(value >= 0 && value <= 1) || (positive && value == 0))
    throw Error("linear_lr: {} must lie in {}0, 1], got {}", name, positive ? "(" : "[", value);
}

void check(std::size_t total_steps, const OneCycleOptions& o) {
  require_positive("one_cycle_lr", "total_steps", total_steps);
  if (!(o.pct_start >= 0 && o.pct_start <= 1))
    throw Error("one_cycle_lr: pct_start must lie in [0, 1], got {}", o.pct_start);
  for (const auto& [name, factor] :
       {std::pair{"div_factor", o.div_factor}, {"final_div_factor", o.final_div_factor}})
    if (!(factor > 0)) throw Error("one_cycle_lr: {} must be above 0, got {}", name, factor);
}

// From `first` to `peak` in the first phase, and to `last` in the second.
Schedule one_cycle(double first, double peak, double last, std::size_t total_steps,
                   const OneCycleOptions& o) {
  const double end = static_cast<double>(total_steps) - 1;
  const double turn = o.pct_start * static_cast<double>(total_steps) - 1;
  const auto between = [linear = o.linear](double from, double to, double share) {
    if (linear) return (to - from) * share + from;
    return to + (from - to) / 2 * (std::cos(std::numbers::pi * share) + 1);
  };
  return [=](std::size_t t) {
    const double at = std::min(static_cast<double>(t), end);
    const bool rising = at <= turn;
    const double begin = rising ? 0 : turn, length = (rising ? turn : end) - begin;
    const double share = length > 0 ? (at - begin) / length : 1;
    return rising ? between(first, peak, share) : between(peak, last, share);
  };
}

}  // namespace

Schedule step_lr(double lr, std::size_t step_size, double gamma) {
  require_positive("step_lr", "step_size", step_size);
  return [=](std::size_t t) { return lr * std::pow(gamma, static_cast<double>(t / step_size)); };
}

Schedule cosine_annealing_lr(double lr, std::size_t t_max, double eta_min) {
  require_positive("cosine_annealing_lr", "t_max", t_max);
  return [=](std::size_t t) {
    const double turn = static_cast<double>(t) / static_cast<double>(t_max);
    return eta_min + (lr - eta_min) * (1 + std::cos(std::numbers::pi * turn)) / 2;
  };
}

Schedule linear_lr(double lr, double start_factor, double end_factor, std::size_t total_iters) {
  require_factor("start_factor", start_factor, true);
  require_factor("end_factor", end_factor, false);
  require_positive("linear_lr", "total_iters", total_iters);
  return [=](std::size_t t) {
    const double way =
        static_cast<double>(std::min(t, total_iters)) / static_cast<double>(total_iters);
    return lr * (start_factor + (end_factor - start_factor) * way);
  };
}

Schedule sequential_lr(Schedule first, Schedule second, std::size_t milestone) {
  return [first = std::move(first), second = std::move(second), milestone](std::size_t t) {
    return t < milestone ? first(t) : second(t - milestone);
  };
}

Schedule multi_step_lr(double lr, std::vector<std::size_t> milestones, double gamma) {
  std::ranges::sort(milestones);
  return [=](std::size_t t) {
    const auto passed = std::ranges::upper_bound(milestones, t) - milestones.begin();
    return lr * std::pow(gamma, static_cast<double>(passed));
  };
}

Schedule exponential_lr(double lr, double gamma) {
  return [=](std::size_t t) { return lr * std::pow(gamma, static_cast<double>(t)); };
}

Schedule one_cycle_lr(double max_lr, std::size_t total_steps, const OneCycleOptions& o) {
  check(total_steps, o);
  const double first = max_lr / o.div_factor;
  return one_cycle(first, max_lr, first / o.final_div_factor, total_steps, o);
}

Schedule one_cycle_momentum(std::size_t total_steps, const OneCycleOptions& o) {
  check(total_steps, o);
  return one_cycle(o.max_momentum, o.base_momentum, o.max_momentum, total_steps, o);
}

}  // namespace fanin::FANIN_PRECISION
