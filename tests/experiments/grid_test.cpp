#include "experiments/charts/score_figures.hpp"

#include <nlohmann/json.hpp>

#include "experiments/charts/figure.hpp"
#include "tests/experiments/results_of.hpp"
#include "tests/support/catch.hpp"

namespace fanin {
namespace {

using Json = nlohmann::json;
using Words = std::vector<std::string>;

// A run of each init at each of these places on the axes.
struct Swept {
  Swept(const Words& inits, const std::vector<Axes>& places) {
    for (const Axes& axes : places) {
      for (const std::string& init : inits) {
        of.runs.push_back(run(init, 0, axes));
        records.push_back(record({0.5}));
      }
    }
  }
  Json figure() const { return phases_figure(results_of(of, records), styles_of(inits_of(of))); }

  Sweep of = sweep({});
  Records records;
};

// The field and the values along an axis of a map, "x" or "y", in the order drawn: from the left,
// or from the top.
std::pair<Json, Json> side(const Json& map, const char* name) {
  const Json& channel = map["layer"][0]["encoding"][name];
  return {channel["field"], channel["scale"]["domain"]};
}

std::vector<Axes> crossed(const std::string& x, const Words& xs, const std::string& y,
                          const Words& ys) {
  std::vector<Axes> places;
  for (const std::string& one : xs)
    for (const std::string& other : ys) places.push_back({{x, one}, {y, other}});
  return places;
}

TEST_CASE("grid: two axes make a map for each init, with sorted numbers and depth upwards") {
  const Json maps =
      Swept({"zero", "default"}, crossed("depth", {"5", "20", "10"}, "lr", {"0.1", "0.01"}))
          .figure()["vconcat"][0]["hconcat"];
  REQUIRE(maps.size() == 2);
  for (const std::size_t at : {0, 1}) {
    const std::string init = at == 0 ? "zero" : "default";
    CHECK(maps[at]["title"]["text"] == init);
    CHECK(side(maps[at], "x") == std::pair<Json, Json>("lr", Words{"0.01", "0.1"}));
    CHECK(side(maps[at], "y") == std::pair<Json, Json>("depth", Words{"20", "10", "5"}));
    CHECK(maps[at]["data"]["values"].size() == 6);
    CHECK(maps[at]["data"]["values"][0]["init"] == init);
    CHECK(maps[at]["layer"][0]["mark"]["type"] == "rect");
  }
}

TEST_CASE("grid: one axis of numbers is crossed with the inits, or with their one option") {
  const std::vector<Axes> depths = {{{"depth", "5"}}, {{"depth", "10"}}, {{"depth", "20"}}};
  const Json plain = Swept({"zero", "default"}, depths).figure()["vconcat"][0];
  CHECK(side(plain, "y") == std::pair<Json, Json>("init", Words{"zero", "default"}));
  CHECK(plain["data"]["values"].size() == 6);
  const Json option = Swept({"normal:std=0.1", "normal:std=0.01"}, depths).figure()["vconcat"][0];
  CHECK(side(option, "x") == std::pair<Json, Json>("std", Words{"0.01", "0.1"}));
  CHECK(side(option, "y").first == "depth");
  CHECK_FALSE(option.contains("title"));  // one map holds all inits
}

TEST_CASE("grid: no map without numbers, with few places, or if some places were not trained") {
  CHECK(Swept({"a", "b", "c"}, {{{"act", "relu"}}, {{"act", "tanh"}}}).figure().is_null());
  CHECK(Swept({"a"}, crossed("lr", {"1", "2"}, "bn", {"0", "1"})).figure().is_null());
  CHECK(Swept({"a"}, {{{"lr", "1"}, {"momentum", "0"}},
                      {{"lr", "2"}, {"momentum", "0"}},
                      {{"lr", "3"}, {"momentum", "0.9"}}})
            .figure()
            .is_null());
  CHECK(Swept({"a", "b", "c"}, {{}}).figure().is_null());
}

TEST_CASE("grid: theory's line leaves the frame if signals reach beyond the cells") {
  Swept swept({"m:sigma_w=1", "m:sigma_w=1.3"},
              {{{"depth", "10"}}, {{"depth", "20"}}, {{"depth", "80"}}});
  for (std::size_t i = 0; i < swept.records.size(); ++i)
    swept.records[i]->layers.push_back({0, {}, (i % 2 == 0 ? 20 : 2641) / 6.});
  const Json layers = swept.figure()["vconcat"][0]["layer"];
  REQUIRE(layers.size() == 3);
  CHECK(layers[2]["mark"]["clip"] == true);
  CHECK(layers[2]["data"]["values"][0]["at"].get<double>() == Approx(1.5));  // mid second cell
  CHECK(layers[2]["data"]["values"][1]["at"].get<double>() > 3);
  CHECK(layers[2]["encoding"]["y"]["scale"]["domain"] == nlohmann::json({0, 3}));
}

}  // namespace
}  // namespace fanin
