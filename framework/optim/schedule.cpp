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

}  // namespace fanin::FANIN_PRECISION
