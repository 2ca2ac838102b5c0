#pragma once

#include <functional>
#include <string>
#include <vector>

namespace fanin {

// What side_by_side.py times, but for the fills of a matrix.
const std::vector<std::string>& step_networks();

// One training step of a network, SGD with momentum: forward, loss, backward, update. "tokens" and
// "conv" are networks of this folder, every other name is one for make_model(). Images are drawn.
std::function<void()> training_step(const std::string& network, std::size_t batch);

// What a step does at the least: FLOPs in its products (none for "tokens"), and the bytes that the
// optimiser moves.
struct StepWork {
  double flops, bytes;
};
StepWork step_work(const std::string& network, std::size_t batch);

}  // namespace fanin
