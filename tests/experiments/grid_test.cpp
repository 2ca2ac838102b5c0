#include "experiments/charts/grid.hpp"

#include <nlohmann/json.hpp>

#include "tests/experiments/results_of.hpp"
#include "tests/support/catch.hpp"

namespace fanin {
namespace {

using Words = std::vector<std::string>;

// A run of each init at each place, with these axes.
struct Swept {
  Swept(const Words& inits, const std::vector<Axes>& places) {
    for (const Axes& axes : places) {
      for (const std::string& init : inits) {
        of.runs.push_back(run(init, 0, axes));
        records.push_back(record({0.5}));
      }
    }
  }
  Grid grid() const { return grid_of(of, records); }

  Sweep of = sweep({});
  Records records;
};

std::vector<Axes> crossed(const std::string& x, const Words& xs, const std::string& y,
                          const Words& ys) {
  std::vector<Axes> places;
  for (const std::string& one : xs)
    for (const std::string& other : ys) places.push_back({{x, one}, {y, other}});
  return places;
}

TEST_CASE("grid: two axes make a map for each init, numbers in their order, depth upwards") {
  const Grid grid =
      Swept({"zero", "default"}, crossed("depth", {"5", "20", "10"}, "lr", {"0.1", "0.01"})).grid();
  CHECK(grid.x == "lr");
  CHECK(grid.xs == Words{"0.01", "0.1"});
  CHECK(grid.y == "depth");
  CHECK(grid.ys == Words{"5", "10", "20"});
  CHECK(grid.inits == Words{"zero", "default"});
  CHECK(grid.cells.size() == 12);
  const auto maps = heat_maps("title", grid)["vconcat"];
  REQUIRE(maps[0]["hconcat"].size() == 2);
  const auto& cells = maps[0]["hconcat"][1];
  CHECK(cells["data"]["values"].size() == 6);
  CHECK(cells["data"]["values"][0]["init"] == "default");
  CHECK(cells["layer"][0]["mark"]["type"] == "rect");
  CHECK(cells["layer"][0]["encoding"]["y"]["scale"]["domain"] == Words{"20", "10", "5"});
}

TEST_CASE("grid: one axis of numbers lies against the inits, or against their one option") {
  const std::vector<Axes> depths = {{{"depth", "5"}}, {{"depth", "10"}}, {{"depth", "20"}}};
  const Grid plain = Swept({"zero", "default"}, depths).grid();
  CHECK(plain.y == "init");
  CHECK(plain.ys == Words{"zero", "default"});
  CHECK(plain.cells.size() == 6);
  const Grid option = Swept({"normal:std=0.1", "normal:std=0.01"}, depths).grid();
  CHECK(option.x == "std");
  CHECK(option.xs == Words{"0.01", "0.1"});
  CHECK(option.y == "depth");
  CHECK(option.inits.empty());
}

TEST_CASE("grid: none where nothing is a number, few places are or not all were trained") {
  CHECK(Swept({"a", "b", "c"}, {{{"act", "relu"}}, {{"act", "tanh"}}}).grid().cells.empty());
  CHECK(Swept({"a"}, crossed("lr", {"1", "2"}, "bn", {"0", "1"})).grid().cells.empty());
  CHECK(Swept({"a"}, {{{"lr", "1"}, {"momentum", "0"}},
                      {{"lr", "2"}, {"momentum", "0"}},
                      {{"lr", "3"}, {"momentum", "0.9"}}})
            .grid()
            .cells.empty());
  CHECK(Swept({"a", "b", "c"}, {{}}).grid().cells.empty());
}

TEST_CASE("grid: theory's line leaves the frame where signals reach beyond the cells") {
  Grid grid{"sigma_w", "depth", {"1", "1.3"}, {"10", "20", "80"}, {}, {}};
  grid.cells = {{"m:sigma_w=1", "1", "10", 0.9, 20}, {"m:sigma_w=1.3", "1.3", "10", 0.9, 2641}};
  const auto layers = heat_maps("title", grid)["vconcat"][0]["layer"];
  REQUIRE(layers.size() == 3);
  CHECK(layers[2]["mark"]["clip"] == true);
  CHECK(layers[2]["data"]["values"][0]["at"].get<double>() == Approx(1.5));  // amid the second cell
  CHECK(layers[2]["data"]["values"][1]["at"].get<double>() > 3);
  CHECK(layers[2]["encoding"]["y"]["scale"]["domain"] == nlohmann::json({0, 3}));
}

}  // namespace
}  // namespace fanin
