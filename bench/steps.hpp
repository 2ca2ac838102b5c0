#pragma once

#include <functional>
#include <string>
#include <vector>

#include "framework/nn/module.hpp"

namespace fanin {

// The networks that side_by_side.py times.
const std::vector<std::string>& step_networks();

// One training step of a network on drawn images, SGD with momentum: forward, loss, backward,
// update. "tokens" and "conv" are networks of this folder; make_model() knows every other name.
std::function<void()> training_step(const std::string& network, std::size_t batch);

// The FLOPs in the products of one call of a layer, x to y. A recurrent layer, [N, T, in], uses its
// weights N T times, and another one once for each output of a channel.
double products(const Module& layer, const Tensor& x, const Tensor& y);

// What a step does at the least: FLOPs in its products (0 for "tokens"), and the bytes that the
// optimiser moves.
struct StepWork {
  double flops, bytes;
};
StepWork step_work(const std::string& network, std::size_t batch);

}  // namespace fanin
