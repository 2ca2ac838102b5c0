#include "experiments/record/standing.hpp"

#include "framework/core/sha256.hpp"
#include "framework/io/safetensors.hpp"
#include "framework/io/whole_file.hpp"
#include "tests/experiments/temp_folder.hpp"
#include "tests/support/catch.hpp"

namespace fanin {
namespace {

const NamedArrays weights = {{"w", Array::full({2, 3}, 0.5f)}};

// A run, the files that an earlier process may have left, and the run's state.
struct Place {
  TempFolder folder;
  RunFiles files = run_files(folder / "", "zero-seed0");
  Expected expected{"fanin train lenet5", "", "ab12"};

  void write(const RunStart& start, const std::string& status = "completed") const {
    RunLog log(files.log);
    log.start(start);
    log.add(StepLoss{1, 1, 2.5});
    log.end({status, 1, 0.5, "first", fingerprint(weights)});
    log.finish();
  }
  void leave_growing(const std::string& command) const {
    RunLog log(files.log);
    log.start({command, 9, 1, "ab12", "fanin 0"});
    log.add(StepLoss{4, 1, 2.5});
  }
  Standing ask(Depth depth = Depth::sealed) const { return standing(files, expected, depth); }
  State state() const {
    const State all = ask(Depth::all).state;
    CHECK(ask(Depth::sealed).state == all);
    CHECK(ask(Depth::curves).state == all);
    return all;
  }
};

const RunStart ours{"fanin train lenet5", 9, 1, "ab12", "fanin 0"};

TEST_CASE("standing: a run is done only if a finished log has this run, its model and its data") {
  Place place;
  CHECK(place.state() == State::missing);
  place.write(ours);
  CHECK(place.state() == State::done);
  CHECK(place.ask(Depth::ends).state == State::done);
  CHECK(place.ask().record->end->steps == 1);
  place.expected.initial_fingerprint = "first";
  CHECK(place.state() == State::done);
  const auto differs = [&](const Expected& other) {
    const Standing there = standing(place.files, other, Depth::sealed);
    CHECK(there.state == State::another);
    CHECK(there.record->start.command == "fanin train lenet5");
    return there.differs;
  };
  CHECK(differs({"fanin train lenet5 --epochs 2"}) == "settings");
  CHECK(differs({"fanin train lenet5", "cd34"}) == "model");
  CHECK(differs({"fanin train lenet5", "", "cd34"}) == "data");
  CHECK(differs({"fanin train lenet5", "", "ab12", "second"}) == "weights");
}

TEST_CASE("standing: kept weights must match the log") {
  Place place;
  place.files = run_files(place.folder / "", "zero-seed0", true);
  place.write(ours);
  CHECK(place.state() == State::missing);
  CHECK(place.ask().why == place.files.weights.string() + " is missing");
  write_safetensors(place.files.weights, {{"w", Array::full({2, 3}, 0.25f)}}, {});
  CHECK(place.state() == State::damaged);
  write_file(place.files.weights, "nonsense");
  CHECK(place.state() == State::damaged);
  write_safetensors(place.files.weights, weights, {});
  CHECK(place.state() == State::done);
}

TEST_CASE("standing: a failed run is repeated, even on other data, but not another sweep's run") {
  Place place;
  place.write(ours, "failed");
  CHECK(place.state() == State::failed);
  place.expected.data = "cd34";
  CHECK(place.state() == State::failed);
  place.expected.command = "fanin train lenet5 --epochs 2";
  CHECK(place.state() == State::another);
  place.expected.by_its_writer = true;  // as for `fanin train --once`
  CHECK(place.state() == State::failed);
}

TEST_CASE("standing: a damaged log counts as damaged, unless it is clearly of another run") {
  Place place;
  place.write(ours);
  const std::string whole = read_file(place.files.log);
  std::string text = whole;
  write_file(place.files.log, text.replace(text.find("2.5"), 3, "2.6"));
  CHECK(place.state() == State::damaged);
  CHECK(place.ask(Depth::ends).state == State::done);
  Expected other = place.expected;
  other.command = "fanin train lenet5 --epochs 2";
  CHECK(standing(place.files, other, Depth::sealed).state == State::another);
  write_file(place.files.log, whole.substr(0, whole.size() / 2));
  CHECK(place.state() == State::damaged);
  CHECK(place.ask().why == place.files.log.string() + ": has no end");
  write_file(place.files.log, "nonsense\n");
  CHECK(place.state() == State::damaged);
}

TEST_CASE("standing: a log of an old version is not replaced") {
  Place place;
  place.write(ours);
  std::string text = read_file(place.files.log);
  const std::size_t hash = text.find(",\"sha256\"");
  write_file(place.files.log, text.erase(hash, text.find('}', hash) - hash));
  for (const Depth depth : {Depth::ends, Depth::sealed, Depth::curves, Depth::all}) {
    CHECK(place.ask(depth).state == State::another);
    CHECK(place.ask(depth).differs == "version");
  }
}

TEST_CASE("standing: unreadable weights do not count as damaged") {
  Place place;
  std::filesystem::create_directories(place.files.log.parent_path());
  place.write(ours);
  place.files = run_files(place.folder / "", "zero-seed0", true);
  std::filesystem::create_directory(place.files.weights);
  CHECK(place.state() == State::missing);  // a folder is not a file of weights
  CHECK(place.ask().record == std::nullopt);
}

TEST_CASE("standing: a growing log is running or begun, or belongs to another run") {
  Place place;
  {
    RunLog log(place.files.log);
    CHECK(place.ask().state == State::running);  // it has no line yet
    log.start(ours);
    log.add(StepLoss{4, 1, 2.5});
    const Standing there = place.ask();
    CHECK(there.state == State::running);
    CHECK_FALSE(there.holder.empty());
    CHECK(there.record->steps.back().step == 4);
    place.expected.by_its_writer = true;
    CHECK(place.ask().state == State::begun);
    place.expected.by_its_writer = false;
    place.expected.command = "fanin train lenet5 --epochs 2";
    CHECK(place.ask().state == State::another);
    CHECK_FALSE(place.ask().holder.empty());
  }
  CHECK(place.ask().state == State::missing);  // without checkpoints, no run can resume from it
  std::filesystem::create_directories(place.files.checkpoints);
  CHECK(place.ask().state == State::another);
  CHECK(place.ask().differs == "settings");
  place.expected.command = "fanin train lenet5";
  CHECK(place.ask().state == State::begun);
  place.expected.data = "cd34";  // the checkpoints check the data
  CHECK(place.ask().state == State::begun);
}

}  // namespace
}  // namespace fanin
