#include "framework/core/error.hpp"
#include "framework/core/generator.hpp"
#include "tests/support/arrays.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/golden.hpp"
#include "tests/support/tally.hpp"

// Compares the draws of double tensors with PyTorch's. init_test.cpp tests float tensors.
namespace fanin {
namespace {

Array draw(Generator& generator, const GoldenCall& call) {
  Array x(call.shape());
  if (call.function.starts_with("uniform"))
    generator.uniform(x, call.number("a"), call.number("b"));
  else if (call.function == "trunc_normal_64")
    generator.trunc_normal(x, call.number("mean"), call.number("std"), call.number("a"),
                           call.number("b"));
  else
    generator.normal(x, call.number("mean"), call.number("std"));
  return x;
}

TEST_CASE("generator: double tensors equal PyTorch's") {
  std::size_t cases = 0;
  for (const auto& [name, stored] : read_safetensors(golden_path("init.safetensors"))) {
    const GoldenCall call(name);
    if (!call.function.ends_with("_64") || call.has("step")) continue;
    ++cases;
    Generator generator(call.count("seed"));
    INFO(name);
    const Tally tally("Draws", call.function.substr(0, call.function.size() - 2) + " of doubles",
                      name);
    const Array got = draw(generator, call);
    CHECK(same_bits(got, stored.array()));
    Tally::compared(got, stored.array(), 0);
  }
  CHECK(cases == 143);
}

// Below 16 numbers, float and double tensors draw the same doubles. A larger float tensor uses 32
// bits per number, and 16 more numbers to redraw its end.
TEST_CASE("generator: sequences of double and float draws equal PyTorch's") {
  std::size_t steps = 0;
  Generator generator;
  const StoredTensors tensors = read_safetensors(golden_path("init.safetensors"));
  for (std::uint64_t seed : {0ULL, 42ULL, (1ULL << 32) + 5})
    for (std::size_t step = 0; step < 20; ++step)
      for (const auto& [name, stored] : tensors) {
        if (!name.starts_with("sequence|")) continue;
        const GoldenCall call(name);
        if (call.count("seed") != seed || call.count("step") != step) continue;
        INFO(name);
        ++steps;
        if (step == 0) generator.manual_seed(seed);
        if (call.function == "randperm") {
          CHECK(generator.randperm(call.count("n")) ==
                std::get<std::vector<std::int64_t>>(stored.data));
        } else if (call.function.ends_with("_64")) {
          CHECK(same_bits(draw(generator, call), stored.array()));
        } else if (call.function.find("normal_") != std::string::npos) {
          const std::size_t n = call.shape().numel();
          if (n >= 16) {
            for (std::size_t i = 0; i < n + (n % 16 == 0 ? 0 : 16); ++i) generator.random();
          } else {
            Array x(call.shape());
            generator.normal(x, 0, 1);
            if (call.has("std") && call.number("std") == 1)
              CHECK(gap(x, stored.array()) < 1e-7);  // the recording is float
          }
        } else if (call.function == "uniform_") {
          for (std::size_t i = 0; i < call.shape().numel(); ++i) generator.random();
        }
      }
  CHECK(steps == 23);
}

TEST_CASE("generator: double draws check their arguments") {
  Generator generator(1);
  Array x({4});
  CHECK_THROWS_AS(generator.uniform(x, 1, 0), Error);
  CHECK_THROWS_AS(generator.normal(x, 0, -1), Error);
}

}  // namespace
}  // namespace fanin
