// Runs of other roundings, and a baseline that is named before the results are known.
#include <algorithm>
#include <cmath>

#include "experiments/page/words.hpp"
#include "experiments/report/csv.hpp"
#include "experiments/report/tables.hpp"
#include "experiments/task/models.hpp"
#include "framework/core/error.hpp"
#include "tests/experiments/results_of.hpp"
#include "tests/experiments/spec_text.hpp"
#include "tests/support/catch.hpp"

namespace fanin {
namespace {

using Words = std::vector<std::string>;

TEST_CASE("rounding: a spec's runs come with further ones that differ in flip_bit alone") {
  const Sweep two = read(
      "name = \"r\"\nmodel = \"lenet5\"\ninits = [\"zero\", \"default\"]\n"
      "seeds = [3]\nrounding = 2\n");
  REQUIRE(two.runs.size() == 6);
  CHECK(two.rounding == 2);
  Words names;
  for (const Run& run : two.runs) names.push_back(run.name);
  CHECK(names == Words{"zero-seed3", "zero-seed3-rounding1", "zero-seed3-rounding2",
                       "default-seed3", "default-seed3-rounding1", "default-seed3-rounding2"});
  TrainOptions same = two.runs[2].options;
  CHECK(same.flip_bit == 2);
  same.flip_bit = 0;
  CHECK(same == two.runs[0].options);
  CHECK(two.runs[0].axes.empty());
}

TEST_CASE("rounding: a flip changes one weight by its last bit") {
  Generator generator(1);
  const auto before = make_model("lenet5", generator);
  std::vector<std::pair<std::size_t, std::size_t>> places;
  for (const std::size_t which : {1, 2, 2}) {
    generator.manual_seed(1);
    const auto after = make_model("lenet5", generator);
    flip_last_bit(*after, which);
    const auto old = before->parameters(), now = after->parameters();
    for (std::size_t p = 0; p < old.size(); ++p)
      for (std::size_t i = 0; i < old[p].value().size(); ++i) {
        const Real a = old[p].value().data()[i], b = now[p].value().data()[i];
        if (a == b) continue;
        places.emplace_back(p, i);
        CHECK(std::nextafter(a, b) == b);
      }
  }
  REQUIRE(places.size() == 3);
  CHECK(places[0] != places[1]);
  CHECK(places[1] == places[2]);
  const auto zero = make_model("lenet5", generator);
  for (const Tensor& parameter : zero->parameters()) Tensor(parameter).value().fill(0);
  flip_last_bit(*zero, 1);  // nothing to flip
}

struct Rounded {
  void add(const std::string& init, std::uint64_t seed, const std::vector<double>& accuracies) {
    for (std::size_t k = 0; k < accuracies.size(); ++k) {
      of.runs.push_back(run(init, seed));
      of.runs.back().options.flip_bit = k;
      records.push_back(record({accuracies[k]}));
    }
  }
  Sweep of = sweep({});
  Records records;
};

TEST_CASE("rounding: its runs count neither as seeds nor in intervals, and the answer compares") {
  Rounded results;
  results.of.rounding = 1;
  results.add("calm", 0, {0.95, 0.9501});
  results.add("calm", 1, {0.96, 0.9600});
  results.add("chaotic", 0, {0.80, 0.84});
  results.add("chaotic", 1, {0.83, 0.80});
  const Results all = results_of(results.of, results.records);
  REQUIRE(all.panels.size() == 1);
  const InitResults &calm = all.panels[0].inits[0], &chaotic = all.panels[0].inits[1];
  CHECK(calm.runs() == 2);
  CHECK(all.ended.size() == 8);
  // sqrt of the mean of 0.04^2 / 2 and 0.03^2 / 2; and 0.03 / sqrt(2)
  CHECK(chaotic.rounding_std() == Approx(0.025));
  CHECK(chaotic.seed_std() == Approx(0.03 / std::sqrt(2.)));
  CHECK(calm.rounding_std() < 1e-4);
  CHECK_THAT(answers(all)[answers(all).size() - 2],
             StartsWith("Rounding is a second seed for chaotic (2.50 points, "
                        "seeds 2.12): "));
  CHECK_THAT(summary_csv(all), ContainsSubstring("init,seed,rounding,status") &&
                                   ContainsSubstring("\nchaotic,0,1,completed,"));
  Rounded still;
  still.of.rounding = 1;
  still.add("calm", 0, {0.95, 0.9501});
  still.add("calm", 1, {0.96, 0.9600});
  const std::vector<std::string> said = answers(results_of(still.of, still.records));
  CHECK_THAT(said[said.size() - 2],
             StartsWith("Rounding moves no init as far as another seed does"));
}

TEST_CASE("baseline: its pairs alone are the family, so their intervals are narrower") {
  Rounded results;
  for (const auto& [init, accuracy, factor] :
       {std::tuple("a", 0.95, 1), {"b", 0.97, 2}, {"c", 0.90, 3}})
    for (const std::uint64_t seed : {0, 1, 2, 3, 4})
      results.add(init, seed, {accuracy + 0.001 * factor * static_cast<double>(seed * seed % 5)});
  const auto all = [&](const std::string& baseline) {
    Rounded one = results;
    one.of.baseline = baseline;
    return one;
  };
  Rounded with = all("b"), without = all("");
  const Results named = results_of(with.of, with.records),
                open = results_of(without.of, without.records);
  const auto& [ab, ac, bc] =
      std::tie(named.panels[0].pairs[0], named.panels[0].pairs[1], named.panels[0].pairs[2]);
  CHECK(ab.difference.interval.low > open.panels[0].pairs[0].difference.interval.low);
  CHECK(std::isnan(ac.difference.interval.low));
  CHECK_FALSE(std::isnan(bc.difference.p));
  CHECK_THAT(answers(named)[0],
             StartsWith("b, which was named as the baseline beforehand, ends at 9"));
  CHECK(panel_tables(named)[0].lead == "lead over b, the baseline");
  CHECK(panel_tables(open)[0].lead == "b's lead over");
}

TEST_CASE("baseline: it must be one of the inits") {
  CHECK(read(head + "baseline = \"zero\"\n").baseline == "zero");
  CHECK_THROWS_WITH(read(head + "baseline = \"lsuv\"\n"),
                    ContainsSubstring("baseline \"lsuv\" is not one of the inits, zero, "));
  CHECK_THROWS_WITH(read(head + "rounding = 1000\n"),
                    ContainsSubstring("rounding must be a whole number from 0 to 100"));
}

}  // namespace
}  // namespace fanin
