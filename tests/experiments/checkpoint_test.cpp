#include "experiments/record/checkpoint.hpp"

#include <fstream>
#include <set>

#include "framework/io/whole_file.hpp"
#include "tests/experiments/temp_folder.hpp"
#include "tests/support/captured.hpp"
#include "tests/support/catch.hpp"

namespace fanin {
namespace {

namespace fs = std::filesystem;

const nlohmann::json identity = {{"command", "fanin train lenet5"}, {"version", "1"}};

struct Saved {
  TempFolder folder;
  fs::path place = folder / "run.jsonl.checkpoints";

  explicit Saved(std::size_t steps) {
    Checkpoints checkpoints(place, "1", identity);
    for (std::size_t step = 1; step <= steps; ++step)
      checkpoints.save(step, {{"loss", 0.1 * static_cast<double>(step)}},
                       {{"w", Array::full({2, 3}, static_cast<Real>(step))}}, {{"n", 7}});
  }

  void spoil(const char* name, std::size_t at) {
    std::string bytes = read_file(place / name);
    bytes.at(at) ^= 1;
    write_file(place / name, bytes);
  }
};

TEST_CASE("checkpoint: the newest is read back, and one older checkpoint is kept") {
  const Saved saved(4);
  const auto found = Checkpoints(saved.place, "30s", identity).newest();
  REQUIRE(found);
  CHECK(found->step == 4);
  CHECK(found->state.at("loss").get<double>() == 0.1 * 4);
  REQUIRE(found->tensors.size() == 2);
  CHECK(std::get<std::vector<std::int64_t>>(found->tensors[0].second.data).front() == 7);
  CHECK(found->tensors[1].second.shape == Shape({2, 3}));
  CHECK(found->tensors[1].second.array().data()[5] == 4);
  CHECK_FALSE(fs::exists(saved.place / "step-000000002.json"));
  CHECK(fs::exists(saved.place / "step-000000003.json"));
}

TEST_CASE("checkpoint: if one is damaged anywhere, it is set aside and the one before it is used") {
  const char* file = GENERATE("step-000000003.json", "step-000000003.safetensors");
  const double where = GENERATE(0.0, 0.3, 0.6, 0.95);
  Saved saved(3);
  saved.spoil(file, static_cast<std::size_t>(
                        where * static_cast<double>(read_file(saved.place / file).size())));
  std::optional<Checkpoint> found;
  const std::string said =
      stderr_of([&] { found = Checkpoints(saved.place, "30s", identity).newest(); });
  INFO(file << " at " << where << ": " << said);
  REQUIRE(found);
  CHECK(found->step == 2);
  CHECK(said.find("fanin: warning: checkpoint") == 0);
  CHECK(fs::exists((saved.place / "step-000000003.json").string() + ".damaged"));
}

TEST_CASE("checkpoint: a truncated one, or one without its tensors, is damaged") {
  const bool cut = GENERATE(true, false);
  Saved saved(1);
  if (cut)
    fs::resize_file(saved.place / "step-000000001.json", 40);
  else
    fs::remove(saved.place / "step-000000001.safetensors");
  const std::string said = stderr_of(
      [&] { CHECK_FALSE(Checkpoints(saved.place, "30s", identity).newest().has_value()); });
  CHECK(said.find("set aside") != std::string::npos);
}

TEST_CASE("checkpoint: one that is not JSON, or too deeply nested JSON, is damaged") {
  const std::string deep(100'000, '[');
  const std::string text =
      GENERATE_COPY(as<std::string>(), "", "[1, 2]", R"({"content": 1})",
                    deep + std::string(100'000, ']'), R"({"sha256": "", "content": )" + deep);
  const Saved saved(3);
  write_file(saved.place / "step-000000003.json", text);
  std::optional<Checkpoint> found;
  const std::string said =
      stderr_of([&] { found = Checkpoints(saved.place, "30s", identity).newest(); });
  INFO(text.substr(0, 40) << ": " << said);
  REQUIRE(found);
  CHECK(found->step == 2);
  CHECK(said.find("is set aside: ") != std::string::npos);
}

TEST_CASE("checkpoint: one with another step's name is damaged, even if it cannot be renamed") {
  Saved saved(3);
  for (const char* suffix : {".json", ".safetensors"})
    fs::copy(saved.place / (std::string("step-000000003") + suffix),
             saved.place / (std::string("step-000000900") + suffix));
  fs::create_directories(saved.place / "step-000000900.json.damaged/full");  // prevents renaming
  Checkpoints checkpoints(saved.place, "30s", identity);
  std::optional<Checkpoint> found;
  const std::string said = stderr_of([&] { found = checkpoints.newest(); });
  REQUIRE(found);
  CHECK(found->step == 3);
  CHECK(said.find("its step is not") != std::string::npos);
}

TEST_CASE("checkpoint: saving removes the files of killed saves, but keeps damaged files") {
  const Saved saved(1);
  write_file(saved.place / "step-000000001.safetensors.0123abcd.tmp", "half");
  write_file(saved.place / "step-000000002.safetensors", "without its JSON");
  write_file(saved.place / "step-000000001.json.damaged", "for whoever looks at it");
  Checkpoints checkpoints(saved.place, "1", identity);
  for (std::size_t step : {3, 1'000'000'000}) checkpoints.save(step, {}, {}, {});
  std::set<std::string> left;
  for (const auto& file : fs::directory_iterator(saved.place))
    left.insert(file.path().filename().string());
  CHECK(left == std::set<std::string>{"step-000000001.json.damaged", "step-000000003.json",
                                      "step-000000003.safetensors", "step-1000000000.json",
                                      "step-1000000000.safetensors"});
  CHECK(checkpoints.newest()->step == 1'000'000'000);
}

TEST_CASE("checkpoint: one that cannot be read does not count as damaged") {
  const Saved saved(2);
  const fs::path newest = saved.place / "step-000000002.safetensors";
  fs::remove(newest);
  fs::create_directory(newest);
  CHECK_THROWS_WITH(Checkpoints(saved.place, "30s", identity).newest(),
                    ContainsSubstring("cannot read") && ContainsSubstring("it is a folder"));
  CHECK(fs::exists(saved.place / "step-000000002.json"));
}

TEST_CASE("checkpoint: one of another run is skipped, with a reason") {
  const Saved saved(2);
  nlohmann::json other = identity;
  other["version"] = "2";
  Checkpoints checkpoints(saved.place, "30s", other);
  CHECK_FALSE(checkpoints.newest().has_value());
  CHECK(checkpoints.passed_over() == R"(version "1", not "2")");
  CHECK(Checkpoints(saved.place, "30s", identity).newest()->step == 2);
  write_file(saved.place / "notes.txt", "somebody's");
  remove_checkpoints(saved.place);
  CHECK(fs::exists(saved.place / "notes.txt"));
  fs::remove(saved.place / "notes.txt");
  remove_checkpoints(saved.place);
  CHECK_FALSE(fs::exists(saved.place));
}

TEST_CASE("checkpoint: due after a number of steps, after a time, or never") {
  const TempFolder folder;
  const fs::path place = folder / "run.jsonl.checkpoints";
  const Checkpoints steps(place, "50", identity), late(place, "3600s", identity);
  CHECK(steps.due(100));
  CHECK_FALSE(steps.due(99));
  CHECK_FALSE(late.due(100));
  CHECK_FALSE(Checkpoints(place, "0", identity).due(100));
  CHECK_FALSE(Checkpoints(place, "0s", identity).due(100));
}

}  // namespace
}  // namespace fanin
