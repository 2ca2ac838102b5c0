#include "experiments/summary.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "experiments/files.hpp"
#include "tests/experiments/temp_folder.hpp"

namespace fanin {
namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

RunRecord record(std::vector<double> accuracies, const std::string& status = "completed") {
  RunRecord result;
  std::size_t step = 0;
  for (const double accuracy : accuracies) {
    step += 100;
    result.evaluations.push_back({1, step, 0.5, 0.25, accuracy});
  }
  result.end = RunEnd{status, step, 2, "ab", "cd"};
  return result;
}

Run run(const std::string& init, std::uint64_t seed, const Axes& axes = {}) {
  TrainOptions options;
  options.model = "lenet5";
  options.init = init;
  options.seed = seed;
  return {init + "-seed" + std::to_string(seed), init, seed, axes, options};
}

Sweep sweep(std::vector<Run> runs) { return {"s", "Why?", std::move(runs), ""}; }

TEST_CASE("summary: a run's outcome, at the bounds too") {
  CHECK(outcome(record({0.9})) == Outcome::trained);
  CHECK(outcome(record({0.8999})) == Outcome::slow);
  CHECK(outcome(record({0.15})) == Outcome::slow);
  CHECK(outcome(record({0.1499})) == Outcome::at_chance);
  CHECK(outcome(record({0.95, 0.1})) == Outcome::at_chance);  // the last evaluation counts
  CHECK(outcome(record({0.95}, "diverged")) == Outcome::diverged);
  CHECK(outcome(record({0.95}, "failed")) == Outcome::failed);
  CHECK(outcome(RunRecord()) == Outcome::failed);
}

TEST_CASE("summary: steps to 90 % are those of the first evaluation that gets there") {
  CHECK(steps_to_trained(record({0.5, 0.9, 0.7, 0.95})) == 200);
  CHECK_FALSE(steps_to_trained(record({0.5, 0.89})));
  CHECK_FALSE(steps_to_trained(record({})));
}

TEST_CASE("summary: the CSV has a row per ended run, axes first, empty cells for what is absent") {
  RunRecord lost = record({not_a_number}, "diverged");
  lost.evaluations[0].train_loss = lost.evaluations[0].test_loss = not_a_number;
  const Sweep s =
      sweep({run("zero", 0, {{"depth", "5"}}), run("normal:mean=0,std=\"1\"", 1, {{"depth", "5"}}),
             run("default", 0, {{"depth", "10"}})});
  CHECK(summary_csv(s, {lost, record({0.5, 0.925}), std::nullopt}) ==
        "depth,init,seed,status,steps,train_loss,test_loss,test_accuracy,steps_to_90,"
        "initial_fingerprint,final_fingerprint\n"
        "5,zero,0,diverged,100,,,,,ab,cd\n"
        "5,\"normal:mean=0,std=\"\"1\"\"\",1,completed,200,0.5,0.25,0.925,200,ab,cd\n");
}

TEST_CASE("summary: timings stand in a file of their own") {
  CHECK(timings_csv(sweep({run("zero", 0)}), {record({0.5})}) ==
        "run,train_seconds,images_per_second\nzero-seed0,2.000,3200\n");
}

TEST_CASE("summary: the table has median and range over the seeds, per init and panel") {
  const Axes ten = {{"depth", "10"}}, thirty = {{"depth", "30"}};
  const Sweep s = sweep({run("zero", 0, ten), run("default", 0, ten), run("default", 1, ten),
                         run("default", 2, ten), run("default", 3, ten), run("zero", 0, thirty)});
  const Records records = {record({0.1135}),   record({0.91, 0.92}), record({0.5, 0.94}),
                           record({0.2, 0.5}), record({0.9, 0.96}),  std::nullopt};
  const std::string table = summary_table(s, records);
  CHECK_THAT(table,
             Catch::StartsWith(
                 "s: Why?\n\n"
                 "depth=10\n"
                 "init     accuracy %          range  test loss  steps to 90 %  seeds\n"
                 "zero          11.35  11.35 – 11.35     0.2500              –  1 at chance\n"
                 "default       93.00  50.00 – 96.00     0.2500   100 (3 of 4)  3 trained, 1 slow\n"
                 "\nmedian and range over seeds"));
}

TEST_CASE("summary: a log counts only when it has ended and is of just this run") {
  const TempFolder folder;
  const Run r = run("zero", 0);
  const auto write = [&](const std::string& command, bool end) {
    RunLog log(log_path(r, folder / ""));
    log.start(command, 1, 1);
    if (end) log.end({"completed", 1, 1, "", ""});
    log.finish();
  };
  CHECK_FALSE(find_record(r, folder / ""));
  write("fanin train lenet5 --init zero", true);
  CHECK(find_record(r, folder / ""));
  write("fanin train lenet5 --init zero", false);
  CHECK_FALSE(find_record(r, folder / ""));
  write("fanin train lenet5 --init zero --epochs 2", true);
  CHECK_FALSE(find_record(r, folder / ""));
  write_file(log_path(r, folder / ""), "nonsense\n");
  CHECK_FALSE(find_record(r, folder / ""));
}

TEST_CASE("summary: a run is repeated when the file of its model was changed since") {
  const TempFolder folder;
  Run r = run("zero", 0);
  r.options.model = (folder / "net.txt").string();
  write_file(r.options.model, "Sequential()");
  RunLog log(log_path(r, folder / ""));
  log.start(train_command(r.options), 1, 1);
  log.end({"completed", 1, 1, "", ""});
  log.finish();
  CHECK(find_record(r, folder / ""));
  std::filesystem::last_write_time(
      r.options.model, std::filesystem::file_time_type::clock::now() + std::chrono::hours(1));
  CHECK_FALSE(find_record(r, folder / ""));
}

}  // namespace
}  // namespace fanin
