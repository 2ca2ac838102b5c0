#include "framework/core/generator.hpp"

#include <fmt/format.h>
#include <cmath>

#include <set>

#include "framework/core/error.hpp"
#include "tests/support/arrays.hpp"
#include "tests/support/catch.hpp"

// init_test.cpp compares the draws with PyTorch's.
namespace fanin {
namespace {

Array normal(Generator& generator, std::size_t n) {
  Array x({n});
  generator.normal(x, 0, 1);
  return x;
}

Array uniform(Generator& generator, std::size_t n) {
  Array x({n});
  generator.uniform(x, 0, 1);
  return x;
}

TEST_CASE("generator: a restored state continues exactly, including the cached normal") {
  for (std::size_t before : {0, 1, 2, 3, 15, 16, 33}) {
    Generator generator(5);
    normal(generator, before);  // an odd number of small draws leaves a normal in the cache
    const std::string state = generator.state();
    Generator other(6);
    other.set_state(state);
    CHECK((other.state() == state));
    CHECK(other.initial_seed() == 5);
    CHECK(same_bits(normal(generator, 3), normal(other, 3)));
    CHECK(same_bits(normal(generator, 40), normal(other, 40)));
    CHECK(same_bits(uniform(generator, 7), uniform(other, 7)));
    CHECK(generator.randperm(100) == other.randperm(100));
    CHECK(generator.random64() == other.random64());
    CHECK((generator.state() == other.state()));
  }
}

TEST_CASE("generator: text that is not a state is refused") {
  Generator generator(5);
  normal(generator, 1);
  const std::string state = generator.state();
  const std::string before = Generator(7).state();
  const auto refused = [&](const std::string& text) {
    Generator other(7);
    CHECK_THROWS_AS(other.set_state(text), Error);
    CHECK((other.state() == before));  // the state has not changed
  };
  refused("");
  refused("mt19937");
  refused("pcg64" + state.substr(7));
  refused(state.substr(0, state.rfind(' ')));  // without the cached normal
  refused(state.substr(0, state.rfind(' ')) + " soon");
  refused(state.substr(0, state.size() / 2));
  refused(state + " 1");
}

TEST_CASE("generator: only the low 32 bits of a seed count") {
  Generator a(7), b((std::uint64_t{1} << 32) + 7), c(8);
  CHECK(a.random64() == b.random64());
  CHECK(a.random64() != c.random64());
  CHECK(b.initial_seed() == (std::uint64_t{1} << 32) + 7);
}

TEST_CASE("generator: gives the published numbers of the Mersenne Twister") {
  Generator generator(5489);
  for (int i = 1; i < 10000; ++i) generator.random();
  CHECK(generator.random() == 4123659995u);  // the 10,000th number, from the C++ standard
}

TEST_CASE("generator: seeding clears the cached normal") {
  Generator generator(5);
  normal(generator, 1);
  generator.manual_seed(5);
  Generator fresh(5);
  CHECK(generator.state() == fresh.state());
  CHECK(same_bits(normal(generator, 4), normal(fresh, 4)));
}

TEST_CASE("generator: until it is seeded, the default generator equals PyTorch's") {
  CHECK(Generator().initial_seed() == 67280421310721ULL);
  manual_seed(3);
  CHECK(default_generator().state() == Generator(3).state());
}

TEST_CASE("generator: randperm is a permutation") {
  Generator generator(1);
  for (std::size_t n : {0, 1, 2, 17, 1000}) {
    const auto order = generator.randperm(n);
    CHECK(order.size() == n);
    const std::set<std::int64_t> seen(order.begin(), order.end());
    CHECK(seen.size() == n);
    if (n > 0) CHECK((*seen.begin() == 0 && *seen.rbegin() == static_cast<std::int64_t>(n) - 1));
  }
}

TEST_CASE("generator: draws stay in range, and errors name the wrong argument") {
  for (const double p : {-0.1, 1.1, double(NAN)}) {
    Generator untouched;
    Array mask({2});
    CHECK_THROWS_WITH(untouched.bernoulli(mask, p),
                      "bernoulli_ expects p to be in [0, 1], but got p=" + fmt::to_string(p));
  }
  Generator generator(1);
  const Array x = uniform(generator, 100'000);
  CHECK(*std::min_element(x.begin(), x.end()) >= 0);
  CHECK(*std::max_element(x.begin(), x.end()) < 1);
  Array empty({0});
  const std::string state = generator.state();
  generator.uniform(empty, 0, 1);
  generator.normal(empty, 0, 1);
  CHECK(generator.state() == state);
  Array images({2, 3}, 0);
  CHECK_THROWS_WITH(generator.uniform(images, 0, 1),
                    "uniform_: draws fill row-major arrays, got a batch-last [2, 3]");
  CHECK_THROWS_WITH(generator.normal(images, 0, 1),
                    "normal_: draws fill row-major arrays, got a batch-last [2, 3]");
  CHECK_THROWS_AS(generator.uniform(empty, NAN, 1), Error);
  CHECK_THROWS_AS(generator.normal(empty, 0, NAN), Error);
}

}  // namespace
}  // namespace fanin
