#include "experiments/record/standing.hpp"
#include "experiments/report/results.hpp"

#include <fmt/format.h>

#include "experiments/task/models.hpp"
#include "tests/experiments/results_of.hpp"
#include "tests/experiments/temp_folder.hpp"
#include "tests/support/catch.hpp"

namespace fanin {
namespace {

bool counts(const Run& r, const TempFolder& folder) {
  return log_of(run_files(folder / "", r.name), train_command(r.options), Depth::all).has_value();
}

TEST_CASE("summary: a log counts only if it is finished and belongs to this run") {
  const TempFolder folder;
  const Run r = run("zero", 0);
  const auto write = [&](const std::string& command, bool end) {
    RunLog log(run_files(folder / "", r.name).log);
    log.start({command, 1, 1, "", ""});
    if (end) log.end({"completed", 1, 1, "", ""});
    log.finish();
  };
  CHECK_FALSE(counts(r, folder));
  write("fanin train lenet5 --init zero", true);
  CHECK(counts(r, folder));
  write("fanin train lenet5 --init zero", false);
  CHECK_FALSE(counts(r, folder));
  write("fanin train lenet5 --init zero --epochs 2", true);
  CHECK_FALSE(counts(r, folder));
  write_file(run_files(folder / "", r.name).log, "nonsense\n");
  CHECK_FALSE(counts(r, folder));
}

TEST_CASE(
    "summary: results count even if the model's file changed, and mixed models are reported") {
  const TempFolder folder;
  Sweep sweep;
  sweep.runs = {run("zero", 0), run("zero", 1)};
  Run& r = sweep.runs.front();
  r.options.model = (folder / "net.txt").string();
  write_file(r.options.model, "Sequential()");
  sweep.runs.back().options.model = r.options.model;
  for (const Run& each : sweep.runs) {
    RunLog log(run_files(folder / "", each.name).log);
    log.start({train_command(each.options), 1, 1, "", "", 10, model_file_sha256(r.options.model)});
    log.end({"completed", 1, 1, "", ""});
    log.finish();
    write_file(r.options.model, "Sequential(Flatten())");
    CHECK(counts(each, folder));
  }
  CHECK(mixture_of(sweep, find_records(sweep, folder / "")).model ==
        fmt::format("zero-seed0 and zero-seed1 are of different models, but both belong to {}",
                    r.options.model));
  std::filesystem::remove(r.options.model);  // the report may run on another machine
  CHECK(counts(r, folder));
}

}  // namespace
}  // namespace fanin
