#pragma once

#include <cstddef>
#include <functional>

#include "framework/core/precision.hpp"

namespace fanin::FANIN_PRECISION {

// A learning rate by the count of steps (or epochs) taken, from 0: what PyTorch's scheduler of the
// name gives after as many calls of its step(). `optimizer.set_lr(schedule(t))` before update t.
using Schedule = std::function<double(std::size_t)>;

// lr * gamma^floor(t / step_size). Throws Error for a step_size of 0.
Schedule step_lr(double lr, std::size_t step_size, double gamma = 0.1);

// eta_min + (lr - eta_min) (1 + cos(pi t / t_max)) / 2, Loshchilov & Hutter 2017; past t_max it
// rises again. Throws Error for a t_max of 0.
Schedule cosine_annealing_lr(double lr, std::size_t t_max, double eta_min = 0);

// From lr * start_factor by equal steps to lr * end_factor at total_iters, and constant from there.
// Throws Error for a start_factor outside (0, 1], an end_factor outside [0, 1] or no total_iters.
Schedule linear_lr(double lr, double start_factor = 1.0 / 3, double end_factor = 1,
                   std::size_t total_iters = 5);

// `first` up to the milestone, and from it on `second`, which counts from there.
Schedule sequential_lr(Schedule first, Schedule second, std::size_t milestone);

}  // namespace fanin::FANIN_PRECISION
