#include "bench/measure.hpp"
#include "bench/steps.hpp"
#include "framework/ops/activation.hpp"
#include "framework/ops/arithmetic.hpp"

// Whole training steps, batch 64: against the large product, how far each is from its floor. And
// what an op costs beside its arithmetic: chains of 1000 on one number. Under 1000 ns is the aim.
namespace fanin {
namespace {

constexpr int ops = 1000;

using Op = Tensor (*)(const Tensor&);

Tensor chain(Op op, const Tensor& x) {
  Tensor y = x;
  for (int i = 0; i < ops; ++i) y = op(y);
  return y;
}

void set_cost(benchmark::State& state) {
  state.counters["s/op"] = benchmark::Counter(
      ops, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

void without_graph(benchmark::State& state, Op op) {
  const NoGrad none;
  const Tensor x(Array::full({1}, 1));
  for (auto _ : state) benchmark::DoNotOptimize(chain(op, x));
  set_cost(state);
}

void forward(benchmark::State& state, Op op) {  // the graph's end included
  const Tensor x(Array::full({1}, 1), true);
  for (auto _ : state) benchmark::DoNotOptimize(chain(op, x));
  set_cost(state);
}

void forward_backward(benchmark::State& state, Op op) {
  Tensor x(Array::full({1}, 1), true);
  for (auto _ : state) {
    x.zero_grad();
    chain(op, x).backward();
  }
  set_cost(state);
}

}  // namespace

void add_step_benchmarks() {
  for (const std::string& network : step_networks())
    benchmark::RegisterBenchmark(("steps/" + network).c_str(), [network](benchmark::State& state) {
      const auto step = training_step(network, 64);
      step();
      for (auto _ : state) step();
      const StepWork work = step_work(network, 64);
      work.flops > 0 ? set_flops(state, work.flops) : set_bytes(state, work.bytes);
    });
}

void add_overhead_benchmarks() {
  struct Row {
    const char* name;
    Op op;
  };
  const Row rows[]{{"relu", relu},
                   {"scale", [](const Tensor& x) { return x * Real(1); }},
                   {"add", [](const Tensor& x) { return x + x; }}};
  for (const auto& [name, op] : rows) {
    const std::string prefix = std::string("overhead/") + name;
    benchmark::RegisterBenchmark((prefix + "/without_graph").c_str(), without_graph, op);
    benchmark::RegisterBenchmark((prefix + "/forward").c_str(), forward, op);
    benchmark::RegisterBenchmark((prefix + "/forward_backward").c_str(), forward_backward, op);
  }
}

}  // namespace fanin
