#include "experiments/sweep/forecast.hpp"
#include "experiments/sweep/sweep.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "framework/core/error.hpp"
#include "tests/support/catch.hpp"

namespace fanin {
namespace {

// The cost of each part.
std::vector<double> loads(const std::vector<double>& costs, std::size_t shards) {
  std::vector<double> loads(shards);
  const std::vector<std::size_t> part_of = share_out(costs, shards);
  REQUIRE(part_of.size() == costs.size());
  for (std::size_t run = 0; run < costs.size(); ++run) loads.at(part_of[run] - 1) += costs[run];
  return loads;
}

TEST_CASE("shards: only I/N is accepted") {
  const Shard shard = parse_shard("3/12");
  CHECK(shard.number == 3);
  CHECK(shard.of == 12);
  for (const char* text : {"", "3", "/", "3/", "/3", "0/3", "4/3", "-1/3", "1/3x", "1 /3", "1/0",
                           "1/99999999999999999999", "a/b", "1/2/3"})
    CHECK_THROWS_AS(parse_shard(text), UsageError);
}

TEST_CASE("shards: runs of equal cost are distributed evenly") {
  for (const double load : loads(std::vector<double>(200, 7), 8)) CHECK(load == 25 * 7);
  CHECK(share_out({1, 1, 1}, 2) == std::vector<std::size_t>{1, 2, 1});
}

TEST_CASE("shards: expensive runs are spread over the parts, wherever they are in the list") {
  CHECK(loads({10, 1, 10, 1}, 2) == std::vector<double>{11, 11});  // alternating: 20 and 2
  CHECK(loads({1, 2, 3, 94}, 2) == std::vector<double>{94, 6});
  CHECK(loads({5, 5}, 4) == std::vector<double>{5, 5, 0, 0});
  CHECK(loads({}, 3) == std::vector<double>{0, 0, 0});
}

TEST_CASE("shards: no part costs more than Graham's bound") {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    std::vector<double> costs(1 + random() % 60);
    for (double& cost : costs) cost = std::pow(10., random() % 4) * (1 + random() % 9);
    const std::size_t shards = 1 + random() % 12;
    const double all = std::accumulate(costs.begin(), costs.end(), 0.);
    const double mean = all / static_cast<double>(shards);
    const std::vector<double> parts = loads(costs, shards);
    CHECK(std::accumulate(parts.begin(), parts.end(), 0.) == Approx(all));
    CHECK(*std::ranges::max_element(parts) <= mean + *std::ranges::max_element(costs));
  }
}

}  // namespace
}  // namespace fanin
