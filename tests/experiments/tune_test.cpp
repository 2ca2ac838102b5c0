// Learning rates that are chosen for each init, and the sweep at these rates.
#include "experiments/sweep/tune.hpp"

#include <algorithm>

#include "experiments/charts/rate_figure.hpp"
#include "experiments/page/setting.hpp"
#include "experiments/page/words.hpp"
#include "experiments/report/csv.hpp"
#include "experiments/report/tables.hpp"
#include "experiments/report/tuning.hpp"
#include "tests/experiments/results_of.hpp"
#include "tests/experiments/spec_text.hpp"
#include "tests/support/catch.hpp"

namespace fanin {
namespace {

const std::string two_depths =
    "name = \"t\"\nmodel = \"mlp:depth=3\"\ninits = [\"zero\", \"default\"]\nseeds = [0, 1]\n"
    "[train]\nmax_steps = [1, 2]\nmomentum = 0.9\n";

TEST_CASE("tune: grids come from --tune or from [tune], and the resolved spec has them") {
  using Grids = std::vector<std::pair<std::string, std::vector<std::string>>>;
  CHECK(read(two_depths).tune.empty());
  CHECK(read(two_depths, {"tune=lr=0.1,0.01"}).tune == Grids{{"lr", {"0.1", "0.01"}}});
  CHECK(read(two_depths + "[tune]\nlr = [0.1, 0.01]\n").tune == Grids{{"lr", {"0.1", "0.01"}}});
  CHECK(read(two_depths, {"tune=lr"}).tune.front().second.size() == 6);
  const Sweep both = read(two_depths, {"tune=lr=0.1,0.3,momentum=0,0.9"});
  CHECK(both.tune == Grids{{"lr", {"0.1", "0.3"}}, {"momentum", {"0", "0.9"}}});
  CHECK(read(both.resolved).tune == both.tune);
  CHECK_THAT(complaint(two_depths, {"tune=momentum"}), ContainsSubstring("list its values"));
  CHECK_THAT(complaint(two_depths, {"tune=speed"}), ContainsSubstring("unknown key \"speed\""));
  CHECK_THAT(complaint(two_depths, {"tune=lr=-1"}), ContainsSubstring("lr must be"));
}

TEST_CASE("tune: a tuned option is no axis, and new grids replace an old choice") {
  const Sweep sweep = read(two_depths + "lr = [0.1, 0.2]\n", {"tune=lr=0.3,0.4"});
  CHECK(sweep.runs.size() == 8);
  CHECK(panel_name(sweep.runs[0].axes) == "max_steps=1");
  const std::string old =
      "[tune]\nlr = [0.1]\n[[tuned]]\ninit = \"zero\"\nlr = 0.1\n"
      "[[tuned]]\ninit = \"default\"\nlr = 0.1\n";
  CHECK(read(two_depths + old).tuned.size() == 2);
  CHECK(read(two_depths + old, {"tune=lr=0.3,0.4"}).tuned.empty());
  CHECK_THAT(
      complaint(two_depths + "[tune]\nlr = [0.1]\nmomentum = [0.5]\n" + old.substr(old.find("[["))),
      ContainsSubstring("lacks a key of [tune]"));
}

TEST_CASE("tune: an optimizer is compared, not tuned") {
  const Sweep sweep = read(two_depths, {"tune=lr,optimizer=sgd,rmsprop"});
  CHECK(sweep.tune.size() == 1);
  CHECK(sweep.runs.size() == 16);
  CHECK(panel_name(sweep.runs.back().axes) == "max_steps=2, optimizer=rmsprop");
}

// What the page says about the rates of a sweep that has not begun.
std::string said(const Sweep& sweep) {
  const Records none(sweep.runs.size());
  return rates_in_words(results_of(sweep, none));
}

// A tuning with these accuracies of an init at each rate.
struct Tuning {
  void add(const std::string& init, const std::string& rate,
           const std::vector<double>& accuracies) {
    for (std::size_t i = 0; i < accuracies.size(); ++i) {
      sweep.runs.push_back(run(init, 100 + i, {{"max_steps", "1"}, {"lr", rate}}));
      records.push_back(record({accuracies[i]}));
    }
  }
  Sweep sweep = fanin::sweep({});
  Records records;
};

TEST_CASE("tune: the best mean decides, the smaller rate among equals, and chance is noted") {
  Sweep of = sweep({});
  of.tune = {{"lr", {"0.01", "0.1", "0.3"}}};
  Tuning tuning;
  tuning.add("a", "0.1", {0.9375, 0.8125});
  tuning.add("b", "0.1", {0.1, 0.1});
  tuning.add("a", "0.01", {0.875, 0.875});
  tuning.add("b", "0.01", {0.1, 0.1});
  tuning.add("a", "0.3", {0.95, 0.1});
  const std::vector<Tuned> chosen = choose(results_of(tuning.sweep, tuning.records), of);
  of.tune.emplace_back("momentum", std::vector<std::string>{"0.5"});  // one value is no axis
  for (const Tuned& tuned : choose(results_of(tuning.sweep, tuning.records), of))
    CHECK(tuned.values.back() == std::pair<std::string, std::string>("momentum", "0.5"));
  REQUIRE(chosen.size() == 2);
  CHECK(chosen[0].init == "a");
  CHECK(chosen[0].axes == Axes{{"max_steps", "1"}});
  CHECK(chosen[0].values == Axes{{"lr", "0.01"}});  // as good as 0.1
  CHECK(chosen[0].left_chance);
  CHECK(chosen[1].values == Axes{{"lr", "0.01"}});
  CHECK_FALSE(chosen[1].left_chance);
}

TEST_CASE("tune: the tuned sweep has each init at its values, also when it is read again") {
  const std::vector<Tuned> chosen = {{"zero", {{"max_steps", "1"}}, {{"lr", "0.3"}}},
                                     {"zero", {{"max_steps", "2"}}, {{"lr", "0.1"}}},
                                     {"default", {{"max_steps", "1"}}, {{"lr", "0.2"}}},
                                     {"default", {{"max_steps", "2"}}, {{"lr", "0.1"}}}};
  const TempFolder folder;
  write_file(folder / "t.toml", two_depths);
  const Sweep sweep =
      read_sweep(folder / "t.toml", {parse_override("tune=lr=0.1,0.2,0.3")}, chosen);
  const Sweep again = read(sweep.resolved);
  for (const Sweep* one : {&sweep, &again}) {
    REQUIRE(one->runs.size() == 8);
    for (const Run& run : one->runs) {
      INFO(run.name);
      CHECK(run.options.lr == (run.axes[0].second == "2" ? 0.1 : run.init == "zero" ? 0.3 : 0.2));
      CHECK(run.axes.size() == 1);  // a rate of an init is no axis
    }
  }
  CHECK(
      said(sweep) ==
      "Each init trains at its best lr of 3 tried, which were chosen on held-out training images "
      "with other seeds, under sgd with momentum 0.9. The best lr of zero, default lies at an end "
      "of the grid.");
  std::vector<Tuned> lacking = chosen;
  lacking.pop_back();
  CHECK_THROWS_WITH(read_sweep(folder / "t.toml", {parse_override("tune=lr=0.1,0.2")}, lacking),
                    ContainsSubstring("no [[tuned]] table is for default-seed0-max_steps=2"));
}

TEST_CASE("tune: an untuned sweep says at which rate it compares") {
  CHECK(said(read(head)) ==
        "All inits train at one learning rate, 0.01, under sgd; `--tune lr` compares each at its "
        "best one.");
  CHECK(said(read(head + "[train]\nlr = [0.1, 0.2]\n")) ==
        "The learning rates, 0.1, 0.2, are not tuned: which one is best for an init is exploratory "
        "here. They train under sgd.");
}

TEST_CASE("tune: the figure and the table show accuracy over the rates, from the folder beside") {
  const TempFolder folder;
  const Sweep sweep = [&] {
    write_file(folder / "t.toml", two_depths);
    return read_sweep(folder / "t.toml", {parse_override("tune=lr=0.01,0.1")},
                      {{"zero", {}, {{"lr", "0.01"}}}, {"default", {}, {{"lr", "0.1"}}}});
  }();
  CHECK(find_tuning(sweep, folder / "t") == nullptr);
  Tuning tuning;
  tuning.add("default", "0.01", {0.93, 0.95});
  tuning.add("default", "0.1", {0.96, 0.98});
  tuning.add("zero", "0.01", {0.1, 0.1});
  std::ranges::stable_sort(tuning.sweep.runs, {},
                           [](const Run& run) { return run.axes[1].second; });
  Records records;
  for (const Run& run : sweep.runs) records.push_back(record({run.init == "zero" ? 0.1 : 0.97}));
  Results results = results_of(sweep, records);
  CHECK(rates_figure(results, styles_of({"zero", "default"})).is_null());
  tuning.records = {record({0.93}), record({0.95}), record({0.1}),
                    record({0.1}),  record({0.96}), record({0.98})};
  results.tuning = std::make_shared<const fanin::Tuning>(tuning.sweep, tuning.records);
  const Tuned at_high{"default", {{"max_steps", "1"}}, {{"lr", "0.1"}}};
  const Tuned at_low{"default", {{"max_steps", "1"}}, {{"lr", "0.01"}}};
  CHECK(tuning_allowance(results.tuning->results, sweep, at_high) == 0);
  CHECK(tuning_allowance(results.tuning->results, sweep, at_low) == Approx(0.03));  // in both seeds
  const auto points = rate_points(results, {{"max_steps", "1"}});
  REQUIRE(points.size() == 3);
  CHECK(points[0].init == "default");
  CHECK(points[0].rate == 0.01);
  CHECK(points[1].accuracy == Approx(0.97));
  CHECK(rate_points(results, {{"max_steps", "2"}}).empty());
  const auto figure = rates_figure(results, styles_of({"zero", "default"}));
  REQUIRE(figure["vconcat"].size() == 1);
  CHECK(figure["vconcat"][0]["layer"][2]["data"]["values"].size() == 2);  // a mark for each init
  const auto rows = panel_tables(results)[0].rows;
  CHECK(rows[0][1] == "best lr");
  CHECK(rows[0][2] == "lr range");
  CHECK(rows[1][2] == "–");
  CHECK(rows[2][1] == "0.1");
  CHECK(rows[2][2] == "x10");
  const std::string csv = tuning_csv(results);
  CHECK_THAT(csv, StartsWith("max_steps,lr,init,n,accuracy_mean,"));
  CHECK_THAT(csv, ContainsSubstring("\n1,0.1,default,2,0.97,0.965,0.97,0.975,0.0141421,2,1\n"));
  CHECK_THAT(csv, ContainsSubstring("\n1,0.01,default,2,0.94,0.935,0.94,0.945,0.0141421,2,0\n"));
  CHECK_THAT(csv, ContainsSubstring("\n1,0.01,zero,2,0.1,0.1,0.1,0.1,0,0,1\n"));
  CHECK(tuning_csv(results_of(sweep, records)).empty());
}

TEST_CASE("tune: the page of the tuning itself makes no claim about inits") {
  Tuning tuning;
  tuning.sweep.tuning_of = "mlp";
  tuning.add("good", "0.1", {0.95, 0.96, 0.95});
  tuning.add("bad", "0.1", {0.5, 0.51, 0.5});
  const auto words = answers(results_of(tuning.sweep, tuning.records));
  REQUIRE(words.size() == 1);
  CHECK_THAT(words[0], StartsWith("These runs only choose the values at which mlp trains each"));
  const Sweep written = read("tuning_of = \"mlp\"\n" + two_depths);
  CHECK(written.tuning_of == "mlp");
  CHECK(read(written.resolved).tuning_of == "mlp");
}

}  // namespace
}  // namespace fanin
