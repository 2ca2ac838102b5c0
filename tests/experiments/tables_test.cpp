#include "experiments/report/tables.hpp"
#include "experiments/report/csv.hpp"

#include <limits>
#include <numbers>
#include <sstream>

#include "tests/experiments/results_of.hpp"
#include "tests/support/catch.hpp"

namespace fanin {
namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

RunRecord dead() { return record({0.1135, 0.1135}, "completed", std::numbers::ln10); }

RunRecord diverged() { return record({not_a_number}, "diverged", not_a_number); }

// Two panels of a sweep, with a few seeds of several inits, and runs of every class.
struct Example {
  Example() {
    const Axes ten = {{"depth", "10"}}, thirty = {{"depth", "30"}};
    add(ten, "zero", {dead(), dead(), dead(), dead(), dead()});
    add(ten, "xavier_uniform",
        {record({0.5, 0.94}), record({0.91, 0.95}), record({0.2, 0.5}), dead(), diverged()});
    add(ten, "kaiming_normal",
        {record({0.91, 0.95}), record({0.92, 0.96}), record({0.93, 0.97}), record({0.89, 0.94}),
         record({0.9, 0.93})});
    add(thirty, "zero", {dead(), dead()});
    add(thirty, "kaiming_normal", {record({0.14}), std::nullopt});
    records.back() = record({0.5}, "failed");
    text = summary_table(results_of(sweep(runs), records));
  }

  void add(const Axes& axes, const std::string& init, const Records& logs) {
    for (std::size_t seed = 0; seed < logs.size(); ++seed) {
      runs.push_back(run(init, seed, axes));
      records.push_back(logs[seed]);
    }
  }

  std::vector<Run> runs;
  Records records;
  std::string text;
};

TEST_CASE(
    "tables: the summary has a row per ended run, axes first, and empty cells for missing values") {
  RunRecord lost = diverged();
  lost.evaluations[0].train_loss = not_a_number;
  const Sweep s =
      sweep({run("zero", 0, {{"depth", "5"}}), run("normal:mean=0,std=\"1\"", 1, {{"depth", "5"}}),
             run("default", 0, {{"depth", "10"}})});
  CHECK(summary_csv(results_of(s, {lost, record({0.5, 0.925}), std::nullopt})) ==
        "depth,init,seed,status,steps,train_loss,test_loss,test_accuracy,steps_to_90,initial_"
        "fingerprint,final_fingerprint\n"
        "5,zero,0,diverged,100,,,,,ab,cd\n"
        "5,\"normal:mean=0,std=\"\"1\"\"\",1,completed,200,0.5,0.25,0.925,200,ab,cd\n");
}

TEST_CASE("tables: timings are in a separate file") {
  CHECK(timings_csv(results_of(sweep({run("zero", 0)}), {record({0.5})})) ==
        "run,train_seconds,images_per_second\nzero-seed0,2.000,3200\n");
}

TEST_CASE("tables: statistics have a row per init and panel") {
  const Example example;
  CHECK(
      statistics_csv(results_of(sweep(example.runs), example.records)) ==
      "depth,init,n,trained,slow,at_chance,dead,diverged,failed,test_accuracy_mean,test_accuracy_"
      "q1,test_accuracy_median,test_accuracy_q3,test_loss_q1,test_loss_median,test_loss_q3,trained_"
      "share,trained_"
      "low,trained_high,steps_to_target_median,steps_to_target_censored,test_accuracy_std\n"
      "10,zero,5,0,0,0,5,0,0,0.1135,0.1135,0.1135,0.1135,2.30259,2.30259,2.30259,0,0,0.434482,,5,"
      "0\n"
      "10,xavier_uniform,5,2,1,0,1,1,0,0.5207,0.1135,0.5,0.94,0.25,0.25,2.30259,0.4,0.117621,0."
      "769276,,3,0.419327\n"
      "10,kaiming_normal,5,5,0,0,0,0,0,0.95,0.94,0.95,0.96,0.25,0.25,0.25,1,0.565518,1,100,0,0."
      "0158114\n"
      "30,zero,2,0,0,0,2,0,0,0.1135,0.1135,0.1135,0.1135,2.30259,2.30259,2.30259,0,0,0.65762,,2,0\n"
      "30,kaiming_normal,1,0,0,1,0,0,1,0.14,0.14,0.14,0.14,0.25,0.25,0.25,0,0,0.793451,,1,\n");
}

TEST_CASE("tables: statistics of runs that all failed or diverged") {
  const Sweep s = sweep({run("zero", 0), run("default", 0)});
  const std::string text = statistics_csv(results_of(s, {record({}, "failed"), diverged()}));
  CHECK_THAT(text, ContainsSubstring("\nzero,0,0,0,0,0,0,1,,,,,,,,,0,1,,0,\n"));
  CHECK_THAT(text, ContainsSubstring(
                       "\ndefault,1,0,0,0,0,1,0,0.1,0.1,0.1,0.1,inf,inf,inf,0,0,0.793451,,1,\n"));
  CHECK_THAT(summary_table(results_of(s, {record({}, "failed"), diverged()})),
             ContainsSubstring("zero              –                  –              –             –"
                               "  1 failed\n") &&
                 ContainsSubstring("default       10.00  10.00–10.00     ∞ "));
}

TEST_CASE("tables: comparisons have a row per pair of inits and panel") {
  const Example example;
  CHECK(comparisons_csv(results_of(sweep(example.runs), example.records)) ==
        "depth,init,other,n,difference,low,high,better,worse,p\n"
        "10,zero,xavier_uniform,5,-0.4072,,,1,3,\n"  // outside the family: no interval
        "10,zero,kaiming_normal,5,-0.8365,,,0,5,\n"
        "10,xavier_uniform,kaiming_normal,5,-0.4293,,,0,5,\n"
        "30,zero,kaiming_normal,1,-0.0265,,,0,1,\n");
}

TEST_CASE("tables: the complete text that people read") {
  CHECK(Example().text ==
        // clang-format off
        "s: Why?\n"
        "\n"
        "depth=10\n"
        "init            accuracy %    loss  steps to 90 %         trained  others\n"
        "zero                 11.35  2.3026              –    0/5 (0–43 %)  5 dead\n"
        "xavier_uniform       52.07  0.2500     – (2 of 5)   2/5 (12–77 %)  1 slow\n"
        "                                                                   1 dead\n"
        "                                                                   1 diverged\n"
        "kaiming_normal       95.00  0.2500   100 (5 of 5)  5/5 (57–100 %)\n"
        "kaiming_normal's lead over\n"
        "  zero            +83.65 points    better in 5 of 5\n"
        "  xavier_uniform  +42.93 points    better in 5 of 5\n"
        "\n"
        "depth=30\n"
        "init            accuracy %    loss  steps to 90 %       trained  others\n"
        "zero                 11.35  2.3026              –  0/2 (0–66 %)  2 dead\n"
        "kaiming_normal       14.00  0.2500              –  0/1 (0–79 %)  1 at chance\n"
        "                                                                 1 failed\n"
        "accuracy: mean; trained: ≥ 90 %; left out: quartiles; see compare --help\n");
  // clang-format on
}

TEST_CASE("tables: the title names the data set unless it is MNIST") {
  Sweep one = sweep({run("zero", 0)});
  CHECK(sweep_title(one) == "Why?");
  one.runs[0].options.dataset = "fashion-mnist";
  CHECK(sweep_title(one) == "Why? (fashion-mnist)");
  one.runs.push_back(run("zero", 1));  // two data sets are an axis and are named there
  one.runs[1].options.dataset = "mnist";
  CHECK(sweep_title(one) == "Why?");
}

TEST_CASE("tables: the text fits into 80 columns, however long the names are") {
  Example example;
  Sweep long_names = sweep(example.runs);
  for (Run& run : long_names.runs) run.init += ":sigma_w=1.118,sigma_b=0.2236";
  const std::string wide = summary_table(results_of(long_names, example.records));
  CHECK_THAT(wide, ContainsSubstring("\nzero:sigma_w=1.118,sigma_b=0.2236\n  "));
  for (const std::string& text : {example.text, wide}) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      const auto columns =
          std::count_if(line.begin(), line.end(), [](char c) { return (c & 0xC0) != 0x80; });
      CAPTURE(line);
      CHECK(columns <= 80);
    }
  }
}

}  // namespace
}  // namespace fanin
