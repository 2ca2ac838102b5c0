#include "framework/core/parallel.hpp"

#include <sched.h>

#include <atomic>
#include <chrono>
#include <random>
#include <thread>

#include "framework/core/error.hpp"
#include "framework/core/linalg.hpp"
#include "framework/nn/activation.hpp"
#include "framework/nn/conv.hpp"
#include "framework/nn/layers.hpp"
#include "framework/nn/rnn.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/loss.hpp"
#include "framework/ops/shape.hpp"
#include "framework/optim/optimizer.hpp"
#include "tests/support/arrays.hpp"
#include "tests/support/catch.hpp"

// Threads share work and must not change a number. On one core there is only one thread, so then
// these tests show little.
namespace fanin {
namespace {

// Sets the number of threads for as long as the object lives.
struct Threads {
  explicit Threads(std::size_t count) { set_threads(count); }
  ~Threads() { set_threads(1); }
};

TEST_CASE("parallel: ranges cover everything once, in multiples of the grain") {
  const Threads threads(2);
  for (const std::size_t n : {0, 1, 2, 7, 64, 1000})
    for (const std::size_t grain : {1, 3, 16, 2000}) {
      std::vector<std::atomic<int>> visits(n);
      std::atomic<std::size_t> calls = 0, ragged = 0;
      parallel_for(n, grain, [&](std::size_t first, std::size_t last) {
        ++calls;
        ragged += first % grain != 0 || (last % grain != 0 && last != n);
        for (std::size_t i = first; i < last; ++i) ++visits[i];
      });
      INFO(n << " in grains of " << grain);
      CHECK(std::all_of(visits.begin(), visits.end(), [](const auto& v) { return v == 1; }));
      CHECK(calls <= thread_count());
      CHECK(ragged == 0);
    }
}

TEST_CASE("parallel: there are at most as many threads as cores, and at least one") {
  set_threads(1000);
  CHECK(thread_count() == usable_cores());
  set_threads(0);
  CHECK(thread_count() == 1);
}

TEST_CASE("parallel: an exception in a range reaches the caller, and the threads keep working") {
  const Threads threads(2);
  for (int round = 0; round < 3; ++round) {
    const auto fail_at = [](std::size_t place) {
      parallel_for(2, 1, [=](std::size_t first, std::size_t last) {
        if (first <= place && place < last) throw Error("no more");
      });
    };
    CHECK_THROWS_WITH(fail_at(0), "no more");
    CHECK_THROWS_WITH(fail_at(1), "no more");
  }
}

TEST_CASE("parallel: of several errors only the first is thrown, and none is thrown later") {
  const Threads threads(2);
  for (int round = 0; round < 20; ++round) {
    CHECK_THROWS_WITH(parallel_for(2, 1,
                                   [](std::size_t first, std::size_t) {
                                     throw Error("at " + std::to_string(first));
                                   }),
                      "at 0");
    CHECK_NOTHROW(parallel_for(2, 1, [](std::size_t, std::size_t) {}));
  }
}

TEST_CASE("parallel: many short tasks, with pauses that let the threads fall asleep") {
  const Threads threads(2);
  std::atomic<std::size_t> sum = 0;
  for (int i = 0; i < 2000; ++i) {
    parallel_for(2, 1, [&](std::size_t first, std::size_t last) { sum += last - first; });
    if (i % 500 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  CHECK(sum == 4000);
}

TEST_CASE("parallel: the caller does not wait for a thread without a core") {
  if (usable_cores() < 2) return;
  const Threads threads(2);
  cpu_set_t all, one;
  CPU_ZERO(&all);
  CPU_ZERO(&one);
  sched_getaffinity(0, sizeof all, &all);
  for (int core = 0; CPU_COUNT(&one) == 0; ++core)
    if (CPU_ISSET(core, &all)) CPU_SET(core, &one);
  const auto keep_to = [](const cpu_set_t& cores) {
    std::atomic<int> here = 0;
    parallel_for(2, 1, [&](std::size_t, std::size_t) {
      for (++here; here < 2;) std::this_thread::yield();  // so each thread takes one range
      sched_setaffinity(0, sizeof cores, &cores);
    });
  };
  keep_to(one);
  int alone = 0;  // counts tasks in which one thread did both ranges
  for (int i = 0; i < 1000; ++i) {
    std::thread::id who[2];
    parallel_for(2, 1,
                 [&](std::size_t first, std::size_t) { who[first] = std::this_thread::get_id(); });
    alone += who[0] == who[1];
  }
  keep_to(all);
  CHECK(alone > 500);
}

// The weights after three steps of a net with all layers that share work between threads.
std::vector<std::vector<float>> train(std::size_t count) {
  const Threads threads(count);
  manual_seed(3);
  Sequential images({std::make_shared<Conv2d>(2, 24, 3), std::make_shared<ReLU>(),
                     std::make_shared<MaxPool2d>(2), std::make_shared<Conv2d>(24, 24, 3),
                     std::make_shared<BatchNorm2d>(24), std::make_shared<Flatten>(),
                     std::make_shared<Linear>(24 * 4 * 4, 400), std::make_shared<Tanh>()});
  LSTM lstm(100, 64);
  Linear last(64, 10);
  std::vector<Tensor> parameters = images.parameters();
  for (Module* module : {static_cast<Module*>(&lstm), static_cast<Module*>(&last)})
    for (const Tensor& tensor : module->parameters()) parameters.push_back(tensor);
  SGD sgd(parameters, {.lr = 0.05, .momentum = 0.9});
  Labels labels;
  for (std::int64_t i = 0; i < 50; ++i) labels.push_back(i % 10);
  for (int step = 0; step < 3; ++step) {
    const Tensor x = randn({50, 2, 14, 14});
    const Tensor sequence = reshape(images(x), {4, 50, 100});
    Tensor loss = cross_entropy(last(select(lstm(sequence), 0, -1)), labels);
    sgd.zero_grad();
    loss.backward();
    sgd.step();
  }
  std::vector<std::vector<float>> weights;
  for (const Tensor& tensor : parameters) weights.push_back(tensor.value().to_vector());
  return weights;
}

TEST_CASE("parallel: training gives the same bits on one thread and on two") {
  CHECK(train(2) == train(1));
}

TEST_CASE("parallel: matrix products of any shape are the same on one thread and on two") {
  std::mt19937 random(8);
  for (int round = 0; round < 60; ++round) {
    const std::size_t m = pick(random, 1, 300), n = pick(random, 1, 100), k = pick(random, 0, 300);
    std::vector<float> a(m * k + 1), b(k * n + 1), bias(m);
    for (auto* numbers : {&a, &b, &bias})
      for (float& value : *numbers) value = static_cast<float>(uniform(random, -1, 1));
    const bool turned = round % 2 != 0;
    const std::size_t row = turned ? 1 : k, step = turned ? m : 1;
    const Matrix factor{a.data(), m, k, turned ? m : k, turned};
    const auto results = [&](std::size_t count) {
      const Threads threads(count);
      std::vector<float> c(m * n + 1, 42);
      product(factor, b.data(), n, round % 3 == 0 ? nullptr : bias.data(), c.data());
      product(factor, b.data(), n, nullptr, c.data(), true);
      return c;
    };
    const auto one = results(1);
    INFO(m << " x " << n << " x " << k << (turned ? " transposed" : ""));
    CHECK(one == results(2));
    CHECK(one.back() == 42);
    double worst = 0;
    for (std::size_t i = 0; i < m; ++i)
      for (std::size_t j = 0; j < n; ++j) {
        double sum = round % 3 == 0 ? 0 : bias[i];
        for (std::size_t l = 0; l < k; ++l) sum += 2.0 * a[i * row + l * step] * b[l * n + j];
        worst = std::max(worst, std::abs(one[i * n + j] - sum));
      }
    CHECK(worst < 1e-3);
  }
}

}  // namespace
}  // namespace fanin
