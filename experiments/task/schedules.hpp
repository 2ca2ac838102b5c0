#pragma once

#include <string>

#include "framework/optim/optimizer.hpp"

namespace fanin {

// What --schedule takes, for help.
inline constexpr const char* schedule_help =
    "how the learning rate changes (constant), by optimizer step, or with every=epoch by "
    "epoch:\nconstant, step:step_size=N,gamma=0.1, cosine:t_max=REST,eta_min=0 "
    "or\nwarmup:steps=N,start_factor=0.333, and another after it: warmup:steps=100+cosine";

// Throws UsageError if the text is no schedule.
void check_schedule(const std::string& text);

// The learning rate after so many optimizer steps of a run of `total_steps`. A part with
// every=epoch counts epochs of `epoch_steps` steps from its own beginning. A cosine falls for the
// rest of the run unless t_max says otherwise. Throws as check_schedule does.
Schedule make_schedule(const std::string& text, double lr, std::size_t total_steps,
                       std::size_t epoch_steps);

}  // namespace fanin
