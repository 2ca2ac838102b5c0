#pragma once

#include <functional>
#include <string>
#include <vector>

namespace fanin {

// The networks that side_by_side.py times.
const std::vector<std::string>& step_networks();

// One training step of a network on drawn images, SGD with momentum: forward, loss, backward,
// update. "tokens" and "conv" are networks of this folder; make_model() knows every other name.
std::function<void()> training_step(const std::string& network, std::size_t batch);

// What a step does at the least: FLOPs in its products (0 for "tokens"), and the bytes that the
// optimiser moves.
struct StepWork {
  double flops, bytes;
};
StepWork step_work(const std::string& network, std::size_t batch);

}  // namespace fanin
