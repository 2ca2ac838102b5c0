// What the names of --schedule mean.
#pragma once

#include <cstddef>
#include <string>

#include "framework/optim/schedule.hpp"

namespace fanin {

// The help of --schedule.
inline constexpr const char* schedule_help =
    "how the learning rate changes (constant):\n"
    "constant\n"
    "step:step_size=N,gamma=0.1\n"
    "multistep:milestones=N/N/N,gamma=0.1\n"
    "exponential:gamma=X\n"
    "cosine:t_max=N,eta_min=0\n"
    "linear:start_factor=0.333,end_factor=1,total_iters=N\n"
    "one_cycle:total_steps=N,pct_start=0.3,anneal_strategy=cos,div_factor=25,\n"
    "final_div_factor=10000,cycle_momentum=true,base_momentum=0.85,max_momentum=0.95;\n"
    "--lr is its highest rate; it also moves the momentum, or Adam's beta1\n"
    "warmup:steps=N,start_factor=0.333\n"
    "warmup:steps=100+cosine: a warmup, and after it (+) another schedule\n"
    "Without t_max, total_iters or total_steps, they last until the run ends.\n"
    "N counts optimizer steps; add every=epoch to count epochs, but not to one_cycle:\n"
    "step:step_size=2,every=epoch";

// The learning rate after a number of optimizer steps, in a run of `total_steps`. A part with
// every=epoch counts epochs of `epoch_steps` steps from its own beginning. A cosine, a line and a
// cycle last for the rest of the run unless they say otherwise. Throws UsageError if the text is no
// schedule.
Schedule make_schedule(const std::string& text, double lr, std::size_t total_steps,
                       std::size_t epoch_steps);

// The momentum after a number of optimizer steps, under a schedule that moves it, else nothing.
Schedule make_momentum_schedule(const std::string& text, std::size_t total_steps);

}  // namespace fanin
