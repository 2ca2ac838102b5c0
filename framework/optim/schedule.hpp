#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "framework/core/precision.hpp"

namespace fanin::FANIN_PRECISION {

// The learning rate after t steps (or epochs), from t = 0: what PyTorch's scheduler of the same
// name gives after t calls of its step(). Call `optimizer.set_lr(schedule(t))` before update t.
using Schedule = std::function<double(std::size_t)>;

// lr * gamma^floor(t / step_size). Throws Error for a step_size of 0.
Schedule step_lr(double lr, std::size_t step_size, double gamma = 0.1);

// eta_min + (lr - eta_min) (1 + cos(pi t / t_max)) / 2, Loshchilov & Hutter 2017; past t_max it
// rises again. Throws Error for a t_max of 0.
Schedule cosine_annealing_lr(double lr, std::size_t t_max, double eta_min = 0);

// From lr * start_factor in equal steps to lr * end_factor at total_iters, and constant afterwards.
// Throws Error for a start_factor outside (0, 1], an end_factor outside [0, 1] or total_iters = 0.
Schedule linear_lr(double lr, double start_factor = 1.0 / 3, double end_factor = 1,
                   std::size_t total_iters = 5);

// `first` before the milestone; from then on `second`, which counts from the milestone.
Schedule sequential_lr(Schedule first, Schedule second, std::size_t milestone);

// lr * gamma^(how many milestones are at or before t).
Schedule multi_step_lr(double lr, std::vector<std::size_t> milestones, double gamma = 0.1);

// lr * gamma^t.
Schedule exponential_lr(double lr, double gamma);

// One cycle, Smith & Topin 2019, in PyTorch's two phases. For pct_start of the steps the rate rises
// from max_lr / div_factor to max_lr; until the last step it falls to
// max_lr / (div_factor final_div_factor). The momentum (Adam's beta1) falls from max_momentum to
// base_momentum meanwhile, and rises again. Both go along half a cosine, or a line if `linear`.
struct OneCycleOptions {
  double pct_start = 0.3;
  bool linear = false;  // PyTorch's anneal_strategy
  double base_momentum = 0.85, max_momentum = 0.95;
  double div_factor = 25, final_div_factor = 1e4;
};

// After total_steps both keep their last value. Throw Error for a pct_start outside [0, 1], a
// factor that is not above 0, or total_steps = 0.
Schedule one_cycle_lr(double max_lr, std::size_t total_steps, const OneCycleOptions& options = {});
Schedule one_cycle_momentum(std::size_t total_steps, const OneCycleOptions& options = {});

}  // namespace fanin::FANIN_PRECISION
