#include <malloc.h>
#include <sys/resource.h>

#include "experiments/task/models.hpp"
#include "framework/data/loader.hpp"
#include "framework/nn/text.hpp"
#include "framework/ops/loss.hpp"
#include "framework/optim/optimizer.hpp"
#include "tests/support/catch.hpp"

// After the first steps, training must not ask the system for memory. bench/steady_state.py also
// counts system calls. Sanitizers use their own allocator, so this test is left out with them.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

namespace fanin {
namespace {

long page_faults() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_minflt;
}

// The number of bytes that the C library has obtained from the system.
std::size_t held() {
  const struct mallinfo2 info = mallinfo2();
  return info.arena + info.hblkhd;
}

Dataset noise(std::size_t count) {
  Dataset data;
  data.count = count, data.height = data.width = 28, data.mean = 0.5;
  Generator generator(0);
  for (std::size_t i = 0; i < count * 28 * 28; ++i)
    data.pixels.push_back(static_cast<std::uint8_t>(generator.random()));
  for (std::size_t i = 0; i < count; ++i) data.labels.push_back(static_cast<std::uint8_t>(i % 10));
  return data;
}

TEST_CASE("steps: after the first ones, there are no page faults and no requests for memory") {
  constexpr int warm = 20, steps = 100;  // these include the ends of several epochs
  constexpr long allowed = steps / 2;    // the system causes a few itself
  const std::string network = GENERATE(
      "lenet5", "mlp:depth=30,width=128", "mlp:depth=20,width=100,bn=1",
      "mlp:depth=10,width=64,act=tanh", "lstm:hidden=64",
      "Sequential(Conv2d(1, 8, 3), BatchNorm2d(8), ReLU(), MaxPool2d(2), Conv2d(8, 16, 3), "
      "BatchNorm2d(16), ReLU(), MaxPool2d(2), Flatten(), Linear(400, 10))");
  CAPTURE(network);
  const Dataset data = noise(400);  // so the last batch of an epoch is smaller
  Generator generator(0);
  DataLoader loader(data, 64, generator);
  const auto model = network.starts_with("Sequential") ? parse_model(network, generator)
                                                       : make_model(network, generator);
  SGD optimizer(model->parameters(), {.lr = 0.01, .momentum = 0.9});
  long faults = 0;
  std::size_t before = 0;
  for (int i = 0; i < warm + steps; ++i) {
    if (i == warm) faults = page_faults(), before = held();
    const Batch batch = loader.next();
    Tensor loss = cross_entropy((*model)(Tensor(batch.images)), batch.labels);
    optimizer.zero_grad();
    loss.backward();
    optimizer.step();
  }
  CHECK(page_faults() - faults < allowed);
  CHECK(held() == before);
}

}  // namespace
}  // namespace fanin

#endif
