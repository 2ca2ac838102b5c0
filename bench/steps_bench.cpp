#include "bench/measure.hpp"
#include "bench/steps.hpp"
#include "framework/ops/activation.hpp"
#include "framework/ops/arithmetic.hpp"

// Whole training steps, batch 64: how far each is from its floor, the large product. And what an op
// costs beside its arithmetic, by chains of 1000 ops on one number; the aim is under 1000 ns.
namespace fanin {
namespace {

constexpr int ops = 1000;

using Op = Tensor (*)(const Tensor&);

Tensor chain(Op op, const Tensor& x) {
  Tensor y = x;
  for (int i = 0; i < ops; ++i) y = op(y);
  return y;
}

}  // namespace

void add_steps() {
  for (const std::string& network : step_networks())
    add("steps/" + network, [network] {
      const auto step = training_step(network, 64);
      step();
      const StepWork work = step_work(network, 64);
      return Work{work.flops, work.bytes, 0, step};
    });
  const std::pair<std::string, Op> rows[]{{"relu", relu},
                                          {"scale", [](const Tensor& x) { return x * Real(1); }},
                                          {"add", [](const Tensor& x) { return x + x; }}};
  for (const auto& [name, op] : rows) {
    const auto add_chain = [&](const char* kind, const std::function<void()>& run) {
      add("overhead/" + name + kind, [=] { return Work{0, 0, ops, run}; });
    };
    const Tensor plain(Array::full({1}, 1));
    Tensor x(Array::full({1}, 1), true);
    add_chain("/without_graph", [=, op = op] {
      const NoGrad none;
      benchmark::DoNotOptimize(chain(op, plain));
    });
    add_chain("/forward", [=, op = op] { benchmark::DoNotOptimize(chain(op, x)); });  // and its end
    add_chain("/forward_backward", [=, op = op]() mutable {
      x.zero_grad();
      chain(op, x).backward();
    });
  }
}

}  // namespace fanin
