#include "experiments/report/results.hpp"

#include <cmath>
#include <limits>
#include <numbers>

#include "tests/experiments/results_of.hpp"
#include "tests/support/catch.hpp"

namespace fanin {
namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

TEST_CASE("outcomes: the class of a run, also at the bounds") {
  CHECK(outcome(record({0.9}), 0.9) == Outcome::trained);
  CHECK(outcome(record({0.8999}), 0.9) == Outcome::slow);
  CHECK(outcome(record({0.15}), 0.9) == Outcome::slow);
  CHECK(outcome(record({0.1499}), 0.9) == Outcome::at_chance);
  CHECK(outcome(record({0.95, 0.1}), 0.9) == Outcome::at_chance);  // the last evaluation counts
  CHECK(outcome(record({0.95}, "diverged"), 0.9) == Outcome::diverged);
  CHECK(outcome(record({0.95}, "failed"), 0.9) == Outcome::failed);
  CHECK(outcome(RunRecord(), 0.9) == Outcome::failed);
}

TEST_CASE(
    "outcomes: a run at chance is dead if its loss stayed that of one answer for all images") {
  const double chance = std::numbers::ln10;
  CHECK(outcome(record({0.1135, 0.1135}, "completed", chance), 0.9) == Outcome::dead);
  // The loss of predicting the frequencies of the classes.
  CHECK(outcome(record({0.1135}, "completed", 2.3010), 0.9) == Outcome::dead);
  CHECK(outcome(record({0.1}, "completed", chance + 0.0199), 0.9) == Outcome::dead);
  CHECK(outcome(record({0.1}, "completed", chance - 0.0199), 0.9) == Outcome::dead);
  CHECK(outcome(record({0.1}, "completed", chance + 0.0201), 0.9) == Outcome::at_chance);
  CHECK(outcome(record({0.1}, "completed", chance - 0.0201), 0.9) == Outcome::at_chance);
  CHECK(outcome(record({0.2}, "completed", chance), 0.9) == Outcome::slow);
  CHECK(outcome(record({0.1}, "diverged", chance), 0.9) == Outcome::diverged);
  CHECK(outcome(record({}, "completed"), 0.9) == Outcome::at_chance);

  RunRecord once = record({0.3, 0.1}, "completed", chance);  // it learned, then lost it again
  once.evaluations[0].test_loss = 2;
  CHECK(outcome(once, 0.9) == Outcome::at_chance);

  RunRecord same = record({0.1}, "completed", 12);  // with weights that never change
  same.end->final_fingerprint = same.end->initial_fingerprint;
  CHECK(outcome(same, 0.9) == Outcome::dead);
  same.end->steps = 0;  // it never trained
  CHECK(outcome(same, 0.9) == Outcome::at_chance);
}

TEST_CASE("outcomes: diagnostics, if there are any, help to tell which runs are dead") {
  RunRecord still = record({0.1135}, "completed", 2.301);
  still.gradient_blocked = false;  // a slow start, but gradients reach all layers
  CHECK(outcome(still, 0.9) == Outcome::at_chance);
  still.gradient_blocked = true;
  CHECK(outcome(still, 0.9) == Outcome::dead);
  RunRecord moving = record({0.1135}, "completed", 2.2);
  moving.gradient_blocked = true;
  CHECK(outcome(moving, 0.9) == Outcome::at_chance);
}

TEST_CASE("outcomes: ln 10 is the loss at chance for cross entropy only") {
  RunRecord still = record({0.1135}, "completed", std::numbers::ln10);
  still.start.command = "fanin train mlp --loss mse";
  CHECK(outcome(still, 0.9) == Outcome::at_chance);
  still.gradient_blocked = false;
  CHECK(outcome(still, 0.9) == Outcome::at_chance);
  still.gradient_blocked = true;
  still.evaluations[0].test_loss = 0.45;  // biases of the output can learn this alone
  CHECK(outcome(still, 0.9) == Outcome::dead);
  still.gradient_blocked = std::nullopt;
  still.end->final_fingerprint = still.end->initial_fingerprint;
  CHECK(outcome(still, 0.9) == Outcome::dead);
}

TEST_CASE("outcomes: chance depends on the number of classes") {
  RunRecord two = record({0.6}, "completed", std::numbers::ln2);
  CHECK(outcome(two, 0.9) == Outcome::slow);  // with ten classes
  two.start.classes = 2;
  CHECK(outcome(two, 0.9) == Outcome::dead);
  two.evaluations[0].test_loss = 0.5;
  CHECK(outcome(two, 0.9) == Outcome::at_chance);
  CHECK(outcome_rules(0.9, 8).find("ln 8") != std::string::npos);
}

TEST_CASE("outcomes: the target accuracy decides which runs count as trained") {
  CHECK(outcome(record({0.75}), 0.75) == Outcome::trained);
  CHECK(outcome(record({0.75}), 0.76) == Outcome::slow);
  InitResults results;
  results.add(0, record({0.7, 0.8}), 0.7);
  CHECK(results.count(Outcome::trained) == 1);
  CHECK(results.arrivals[0].time == 100);
}

TEST_CASE("outcomes: steps to an accuracy end at the first evaluation that reaches it") {
  CHECK(steps_to(0.9, record({0.5, 0.9, 0.7, 0.95})) == 200);
  CHECK(steps_to(0.5, record({0.5, 0.9, 0.7, 0.95})) == 100);
  CHECK_FALSE(steps_to(0.9, record({0.5, 0.89})));
  CHECK_FALSE(steps_to(0.9, record({})));
}

TEST_CASE("outcomes: each ended run adds to its init's results") {
  InitResults results;
  results.add(3, record({0.5, 0.95}), 0.9);
  results.add(4, record({0.5}), 0.9);
  results.add(5, record({0.5}, "failed"), 0.9);
  results.add(6, record({0.92, not_a_number}, "diverged", not_a_number), 0.9);
  results.add(7, record({not_a_number}, "diverged", not_a_number), 0.9);
  CHECK(results.runs() == 4);
  CHECK(results.seeds == std::vector<std::uint64_t>{3, 4, 6, 7});
  CHECK(results.accuracies == std::vector<double>{0.95, 0.5, 0.1, 0.1});
  CHECK(results.losses == std::vector<double>{0.25, 0.25, infinity, infinity});
  CHECK(results.count(Outcome::trained) == 1);
  CHECK(results.count(Outcome::diverged) == 2);
  CHECK(results.count(Outcome::failed) == 1);
  CHECK(results.arrived() == 2);
  CHECK(results.arrivals[0].time == 200);
  CHECK(results.arrivals[1].time == 100);  // censored: it might have reached it later
  CHECK_FALSE(results.arrivals[1].reached);
  CHECK(results.arrivals[2].time == 100);  // it reached the target before it diverged
  CHECK(results.arrivals[2].reached);
  CHECK(results.arrivals[3].time == infinity);
  CHECK_FALSE(results.arrivals[3].reached);
}

TEST_CASE("outcomes: results are grouped by panel, without runs that have not ended") {
  const Axes ten = {{"depth", "10"}}, thirty = {{"depth", "30"}};
  const Sweep five = sweep({run("zero", 0, ten), run("default", 0, ten), run("default", 1, ten),
                            run("zero", 0, thirty), run("default", 0, thirty)});
  RunRecord growing = record({0.2});
  growing.end.reset();
  const Records records = {record({0.1}), growing, record({0.5}), std::nullopt, record({0.7})};
  const auto panels = results_of(five, records).panels;
  REQUIRE(panels.size() == 2);
  CHECK(panels[0].axes == ten);
  REQUIRE(panels[0].inits.size() == 2);
  CHECK(panels[0].inits[1].init == "default");
  CHECK(panels[0].inits[1].seeds == std::vector<std::uint64_t>{1});
  REQUIRE(panels[1].inits.size() == 1);
}

TEST_CASE("outcomes: inits are compared over the seeds that they share") {
  InitResults one, other;
  one.add(0, record({0.9}), 0.9);
  one.add(1, record({0.8}), 0.9);
  one.add(2, record({0.7}), 0.9);
  other.add(2, record({0.2}), 0.9);
  other.add(0, record({0.1}), 0.9);
  other.add(5, record({0.1}), 0.9);
  const PairedDifference difference = compare_inits(one, other, 1);
  CHECK(difference.n == 2);
  CHECK(difference.above == 2);
  CHECK(difference.mean == Approx(0.65));
  CHECK(difference.is_ahead() == (difference.p < 0.05));
  CHECK(std::isnan(compare_inits(one, other, 0).interval.low));  // outside the family
  CHECK(std::isnan(compare_inits(one, other, 0).p));
}

TEST_CASE("outcomes: the best init's lead equals the pair's comparison, in either order") {
  std::vector<Run> runs;
  Records records;
  for (const auto& [init, base] : {std::pair("good", 0.8), {"best", 0.85}, {"worst", 0.2}})
    for (std::uint64_t seed = 0; seed < 6; ++seed) {
      runs.push_back(run(init, seed));
      records.push_back(record({base + 0.01 * static_cast<double>(seed * seed % 5)}));
    }
  const Sweep three = sweep(runs);
  const Results results = results_of(three, records);
  const PanelResults& panel = results.panels.at(0);
  REQUIRE(panel.pairs.size() == 3);
  REQUIRE(panel.best());
  CHECK(panel.best()->init == "best");
  for (const std::size_t place : {0, 2}) {
    const InitResults& other = panel.inits[place];
    const PairedDifference lead = panel.lead(*panel.best(), other),
                           own = compare_inits(*panel.best(), other, 3);
    CHECK(lead.mean == own.mean);
    CHECK(lead.interval.low == own.interval.low);
    CHECK(lead.interval.high == own.interval.high);
    CHECK(lead.above == own.above);
    CHECK(lead.p == own.p);
  }
}

}  // namespace
}  // namespace fanin
