#include "bench/families.hpp"
#include "bench/limits.hpp"
#include "bench/steps.hpp"

// Whole training steps, batch 64. Against the large product: how far each is from its floor.
namespace fanin {

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

}  // namespace fanin
