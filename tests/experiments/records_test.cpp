#include <fmt/format.h>

#include "experiments/record/events.hpp"
#include "experiments/record/folder.hpp"
#include "experiments/report/results.hpp"
#include "experiments/task/models.hpp"
#include "framework/core/parallel.hpp"
#include "tests/experiments/results_of.hpp"
#include "tests/experiments/temp_folder.hpp"
#include "tests/support/catch.hpp"

namespace fanin {
namespace {

LayerSignals look(std::size_t step) {
  LayerSignal flatten{.path = "flatten", .type = "Flatten"};
  LayerSignal linear{.path = "a,\"outputs\":[", .type = "Linear"};
  linear.std = 0.5, linear.units = 8, linear.distinct = 3, linear.weighted = true;
  for (LayerSignal* layer : {&flatten, &linear}) {
    layer->outputs = {-1, 2, {3, 0, 4}};
    layer->gradients = {-0.5, 0.25, {1, 6}};
  }
  return {step, {flatten, linear, linear}, 3.5};
}

LayerSignals look_of(const std::string& line) {
  RunRecord record;
  record.add(line);
  return record.layers.at(0);
}

TEST_CASE("records: a look into the layers is read as it was written, with its histograms or not") {
  const std::string line = line_of(look(7));
  const LayerSignals whole = look_of(line), rest = look_of(without_histograms(line));
  CHECK(without_histograms(line).find("\"outputs\":[-1") == std::string::npos);
  for (const LayerSignals* read : {&whole, &rest}) {
    CHECK(read->step == 7);
    CHECK(read->depth_scale == 3.5);
    REQUIRE(read->layers.size() == 3);
    CHECK(read->layers[1].path == "a,\"outputs\":[");
    CHECK(read->layers[1].std == 0.5);
    CHECK(read->layers[1].distinct == 3);
  }
  CHECK(whole.layers[1].outputs.counts == std::vector<std::size_t>{3, 0, 4});
  CHECK(whole.layers[1].gradients.low == -0.5);
  CHECK(rest.layers[1].outputs.counts.empty());
  CHECK(rest.layers[1].gradients.counts.empty());
}

TEST_CASE("records: hundreds of logs are read as if each were read alone, on any number of cores") {
  const TempFolder folder;
  constexpr std::size_t seeds = 120;
  Sweep sweep;
  for (const char* init : {"zero", "default"})
    for (std::uint64_t seed = 0; seed < seeds; ++seed) sweep.runs.push_back(run(init, seed));
  for (const Run& each : sweep.runs) {
    if (each.seed == 3) continue;  // no log
    RunLog log(run_files(folder / "", each.name).log);
    log.start({train_command(each.options), 1, 1, "", ""});
    log.add(look(0));
    log.add(Evaluation{1, 1, 2, static_cast<double>(each.seed), 0.5});
    log.add(look(1));
    if (each.seed == 0) continue;  // growing
    log.end({"completed", 1, 1, "", ""});
    log.finish();
  }
  const auto damaged = run_files(folder / "", sweep.runs[50].name).log;
  std::string text = read_file(damaged);
  write_file(damaged, text.replace(text.find("loss\":50"), 8, "loss\":51"));

  const std::size_t threads = thread_count();
  Records records = find_records(sweep, folder / "");
  CHECK(thread_count() == threads);
  const auto check = [&](std::size_t first) {  // first: the seed whose histograms are drawn
    for (std::size_t i = 0; i < sweep.runs.size(); ++i) {
      const std::uint64_t seed = sweep.runs[i].seed;
      INFO(sweep.runs[i].name);
      REQUIRE(records[i].has_value() == (i != 50 && seed != 3 && seed >= first));
      if (!records[i]) continue;
      CHECK(records[i]->evaluations.at(0).test_loss == static_cast<double>(seed));
      const LayerSignals &before = records[i]->layers.at(0), &after = records[i]->layers.at(1);
      CHECK(before.layers.back().units == 8);
      CHECK(before.layers.size() == (seed == first ? 3 : 2));  // without weights: not drawn
      CHECK(before.layers.back().outputs.counts.empty() == (seed != first));
      CHECK(after.layers.size() == (seed == first ? 3 : 0));
      CHECK(*distinct_share(after) == 3. / 8);
    }
  };
  check(1);
  find_records(sweep, folder / "", {0, seeds}, records, /*growing=*/true);
  check(0);  // seed 0 is now the first, so its histograms are drawn
}

}  // namespace
}  // namespace fanin
