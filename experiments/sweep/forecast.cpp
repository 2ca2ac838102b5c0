#include "experiments/sweep/forecast.hpp"

#include <algorithm>
#include <functional>
#include <limits>
#include <numeric>
#include <queue>

#include "experiments/look/signals.hpp"
#include "framework/nn/layer_table.hpp"

namespace fanin {

NetworkCost network_cost(Module& model, const Array& images) {
  double total = 0;
  std::vector<Module::HookHandle> hooks;
  for (const auto& [path, layer] : model.named_modules()) {
    if (!layer->children().empty()) continue;
    hooks.push_back(
        layer->register_forward_hook([&total](Module& module, const Tensor& x, const Tensor& y) {
          const LayerKind kind = kind_of(module);
          if (kind == LayerKind::embedding) return;
          for (const Tensor& weight : matrices(module)) {
            const auto numbers = static_cast<double>(weight.size());
            // A recurrent layer uses each weight once per step, [1, T, I]; others use it once for
            // each output of a unit.
            total += kind == LayerKind::recurrent
                         ? numbers * static_cast<double>(x.shape()[1])
                         : numbers * static_cast<double>(y.size()) /
                               static_cast<double>(x.shape()[0] * weight.shape()[0]);
          }
        }));
  }
  const NoGrad no_grad;
  model.eval();
  model(Tensor(images));
  model.train();
  return {static_cast<double>(model.modules().size()), total};
}

double predicted_cost(const TrainOptions& options, const NetworkCost& network,
                      std::size_t samples) {
  constexpr double per_run = 0.1;                                 // to start and read the data
  constexpr double per_layer = 4e-6, per_multiplication = 1e-10;  // forward and backward
  const std::size_t batches = (samples + options.batch - 1) / options.batch;
  const std::size_t steps = options.max_steps > 0 ? options.max_steps : options.epochs * batches;
  const double step = per_layer * network.layers + per_multiplication *
                                                       static_cast<double>(options.batch) *
                                                       network.multiply_adds;
  return per_run + static_cast<double>(steps) * step;
}

std::vector<std::size_t> share_out(const std::vector<double>& costs, std::size_t shards) {
  std::vector<std::size_t> by_cost(costs.size()), part_of(costs.size());
  std::iota(by_cost.begin(), by_cost.end(), std::size_t{0});
  std::ranges::stable_sort(by_cost, std::greater<>(),
                           [&costs](std::size_t run) { return costs[run]; });
  using Part = std::pair<double, std::size_t>;  // cost so far, number
  std::priority_queue<Part, std::vector<Part>, std::greater<>> parts;
  for (std::size_t part = 1; part <= std::min(shards, costs.size()); ++part) parts.push({0, part});
  for (const std::size_t run : by_cost) {
    auto [cost, part] = parts.top();
    parts.pop();
    part_of[run] = part;
    parts.push({cost + costs[run], part});
  }
  return part_of;
}

void Forecast::ended(double cost, double seconds) {
  cost_ += cost;
  seconds_ += seconds;
}

double Forecast::seconds_left(const std::vector<Running>& running,
                              const std::vector<double>& to_come, std::size_t slots) const {
  constexpr double telling = 0.02;  // with this share done, a run's speed is known
  double cost = cost_, seconds = seconds_;
  for (const Running& run : running)
    if (run.done > telling) cost += run.cost * run.done, seconds += run.seconds;
  if (cost <= 0) return std::numeric_limits<double>::quiet_NaN();
  double all = 0, longest = 0;
  const auto add = [&](double left) { all += left, longest = std::max(longest, left); };
  for (const Running& run : running)
    add(run.done > telling ? run.seconds * (1 - run.done) / run.done
                           : std::max(0.0, run.cost * seconds / cost - run.seconds));
  for (const double run : to_come) add(run * seconds / cost);
  return std::max(longest, all / static_cast<double>(std::max<std::size_t>(slots, 1)));
}

}  // namespace fanin
