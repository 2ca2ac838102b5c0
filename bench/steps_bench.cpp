#include <benchmark/benchmark.h>

#include "experiments/models.hpp"
#include "framework/ops/loss.hpp"
#include "framework/optim/optimizer.hpp"

// Whole training steps, batch 64, SGD with momentum: forward, loss, backward, update.
namespace {

using namespace fanin;

void training_step(benchmark::State& state, const char* name) {
  Generator generator(0);
  const auto model = make_model(name, generator);
  SGDOptions options;
  options.lr = 0.01, options.momentum = 0.9;
  SGD optimizer(model->parameters(), options);
  Array images({64, 1, 28, 28});
  generator.normal(images, 0, 1);
  const Tensor x(images.batch_last());
  Labels labels;
  for (std::int64_t i = 0; i < 64; ++i) labels.push_back(i % 10);
  for (auto _ : state) {
    Tensor loss = cross_entropy((*model)(x), labels);
    optimizer.zero_grad();
    loss.backward();
    optimizer.step();
  }
  state.SetItemsProcessed(state.iterations() * 64);
}

BENCHMARK_CAPTURE(training_step, lenet5, "lenet5");
BENCHMARK_CAPTURE(training_step, mlp_3x256, "mlp:depth=3,width=256");
BENCHMARK_CAPTURE(training_step, mlp_10x128, "mlp:depth=10,width=128");
BENCHMARK_CAPTURE(training_step, mlp_30x128, "mlp:depth=30,width=128");
BENCHMARK_CAPTURE(training_step, mlp_20x100_bn, "mlp:depth=20,width=100,bn=1");
BENCHMARK_CAPTURE(training_step, lstm_128, "lstm:hidden=128");

}  // namespace
