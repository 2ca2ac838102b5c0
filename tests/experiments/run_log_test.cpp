#include "experiments/record/run_log.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmath>
#include <limits>

#include "framework/core/error.hpp"
#include "framework/core/sha256.hpp"
#include "tests/experiments/temp_folder.hpp"
#include "tests/support/catch.hpp"

namespace fanin {
namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

const std::string lines_of_log =
    R"({"event":"start","command":"fanin train lenet5","total_steps":2,"parameters":61706,)"
    R"("data":"ab12","version":"fanin 0","classes":10})"
    "\n"
    R"({"event":"step","step":1,"epoch":1,"loss":2.25})"
    "\n"
    R"({"event":"step","step":2,"epoch":1,"loss":null})"
    "\n"
    R"({"event":"epoch","epoch":1,"step":2,"train_loss":null,"test_loss":2.5,"test_accuracy":0.125})"
    "\n";

// The log with its last line, the end. Its hash covers the lines before, and the end itself without
// the hash and the time, with sorted keys.
std::string ended(const std::string& lines) {
  return lines +
         R"({"event":"end","status":"diverged","steps":2,"train_seconds":0.5,)"
         R"("initial_fingerprint":"ab","final_fingerprint":"cd","sha256":")" +
         sha256(lines + R"({"event":"end","final_fingerprint":"cd",)"
                        R"("initial_fingerprint":"ab","status":"diverged","steps":2})") +
         "\"}\n";
}

const std::string whole_log = ended(lines_of_log);

TEST_CASE("run log: a line per event, keys in order, and null for infinite and NaN values") {
  const TempFolder folder;
  const auto path = folder / "runs/zero-seed0.jsonl";
  RunLog log(path);
  log.start({"fanin train lenet5", 2, 61706, "ab12", "fanin 0"});
  log.add(StepLoss{1, 1, 2.25});
  log.add(StepLoss{2, 1, std::numeric_limits<double>::infinity()});
  log.add(Evaluation{1, 2, not_a_number, 2.5, 0.125});
  log.end({"diverged", 2, 0.5, "ab", "cd"});

  CHECK_FALSE(std::filesystem::exists(path));  // not until it is complete
  CHECK(read_file(path.string() + ".part") == whole_log);
  log.finish();
  CHECK(read_file(path) == whole_log);
  CHECK_FALSE(std::filesystem::exists(path.string() + ".part"));
}

TEST_CASE("run log: an empty path writes nothing") {
  RunLog log("");
  log.start({"fanin train lenet5", 2, 61706, "ab12", "fanin 0"});
  log.add(StepLoss{1, 1, 2.25});
  log.end({"completed", 2, 0.5, "ab", "cd"});
  log.finish();
}

TEST_CASE("run log: the rest of an earlier run is overwritten") {
  const TempFolder folder;
  write_file(folder / "a.jsonl.part", std::string(1000, 'x'));
  RunLog log(folder / "a.jsonl");
  CHECK(log.begun());
  log.start({"fanin train lenet5", 2, 61706, "", ""});
  log.add(StepLoss{1, 1, 2});
  CHECK(read_log(folder / "a.jsonl.part").steps.size() == 1);
}

TEST_CASE("run log: a run resumes only behind a part that the log really holds") {
  const TempFolder folder;
  RunLog::Extent extent;
  {
    RunLog log(folder / "a.jsonl");
    CHECK_FALSE(log.begun());
    log.start({"fanin train lenet5", 9, 61706, "ab", "fanin 0"});
    log.add(StepLoss{1, 1, 2});
    extent = log.sync();
    log.add(StepLoss{2, 1, 1.5});
    log.add(NotFinite{2, "fc1 (Linear)", "output"});
  }
  LogTail tail(folder / "a.jsonl.part");
  CHECK(tail.poll());
  CHECK(to_string(*tail.record().not_finite) ==
        "after 2 steps, first in the output of fc1 (Linear)");
  RunLog log(folder / "a.jsonl");
  CHECK_FALSE(log.resume({extent.bytes + 1000, extent.sha256}));
  CHECK_FALSE(log.resume({extent.bytes - 1, extent.sha256}));
  CHECK(read_log(folder / "a.jsonl.part").steps.size() == 2);  // nothing has changed yet
  REQUIRE(log.resume(extent));
  CHECK(tail.poll());  // the tail forgets what was cut off
  CHECK(tail.record().steps.size() == 1);
  CHECK_FALSE(tail.record().not_finite.has_value());
  log.add(StepLoss{2, 1, 1.25});
  CHECK(tail.poll());
  CHECK(tail.record().steps.back().loss == 1.25);
  CHECK(tail.record().start.data == "ab");
}

TEST_CASE("run log: a log that cannot be written is an error") {
  CHECK_THROWS_AS(RunLog("/dev/null/a.jsonl"), Error);
}

TEST_CASE("run log: reading returns what was written") {
  const TempFolder folder;
  write_file(folder / "a.jsonl", whole_log);
  const RunRecord record = read_log(folder / "a.jsonl");
  CHECK(record.start.command == "fanin train lenet5");
  CHECK(record.start.total_steps == 2);
  CHECK(record.start.parameters == 61706);
  REQUIRE(record.steps.size() == 2);
  CHECK(record.steps[0].loss == 2.25);
  CHECK(std::isnan(record.steps[1].loss));
  REQUIRE(record.evaluations.size() == 1);
  CHECK(record.evaluations[0].step == 2);
  CHECK(std::isnan(record.evaluations[0].train_loss));
  CHECK(record.evaluations[0].test_accuracy == 0.125);
  REQUIRE(record.end);
  CHECK(record.end->status == "diverged");
  CHECK(record.end->final_fingerprint == "cd");
}

TEST_CASE("run log: the complete lines of a truncated log are read") {
  const TempFolder folder;
  const auto path = folder / "a.jsonl";
  for (std::size_t size = 0; size < whole_log.size(); ++size) {
    write_file(path, whole_log.substr(0, size));
    const RunRecord record = read_log(path);
    REQUIRE_FALSE(record.end);
    REQUIRE(record.steps.size() + record.evaluations.size() <= 3);
  }
}

TEST_CASE("run log: reading only the first and last lines gives the same start and end") {
  const TempFolder folder;
  const auto path = folder / "a.jsonl";
  std::string lines = lines_of_log;
  const std::size_t middle = lines.find('\n') + 1;
  for (int i = 0; i < 2000; ++i)  // longer than what is read at once, and with a long line
    lines.insert(middle,
                 R"({"event":"other","text":")" + std::string(i == 9 ? 99999 : 9, 'x') + "\"}\n");
  const std::string log = ended(lines);
  for (std::size_t cut = 0; cut < 400; ++cut) {
    write_file(path, log.substr(0, log.size() - cut));
    const RunRecord whole = read_log(path), ends = read_log(path, Depth::ends);
    REQUIRE(ends.end.has_value() == whole.end.has_value());
    REQUIRE(ends.end.has_value() == (cut == 0));
    REQUIRE(ends.start.command == whole.start.command);
    REQUIRE(ends.steps.size() <= 1);
    if (ends.end) REQUIRE(ends.end->final_fingerprint == whole.end->final_fingerprint);
    const RunRecord sealed = read_log(path, Depth::sealed);
    REQUIRE(sealed.end.has_value() == whole.end.has_value());
    REQUIRE(sealed.start.command == whole.start.command);
  }
  write_file(path, "");
  CHECK_THROWS_WITH(read_log(path, Depth::ends), EndsWith("has no line"));
  write_file(path, log + "nonsense\n");
  CHECK_THROWS_WITH(read_log(path, Depth::ends), EndsWith("last line: not a JSON object"));
  CHECK_THROWS_AS(read_log(folder / "none", Depth::ends), Error);
}

TEST_CASE("run log: other malformed lines are errors with file and line") {
  const TempFolder folder;
  const auto path = folder / "a.jsonl";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"nonsense", "not a JSON object"},
      {"[1]", "not a JSON object"},
      {"", "not a JSON object"},
      {R"({"step":1})", "\"event\" is missing"},
      {R"({"event":"step","step":-1,"epoch":1,"loss":2})", "\"step\" is not a whole number"},
      {R"({"event":"step","step":1,"epoch":1,"loss":"2"})", "\"loss\" is not a number"},
      {R"({"event":"step","step":1,"loss":2})", "\"epoch\" is missing"},
      {R"({"event":"end","status":"fine","steps":1,"train_seconds":1,)"
       R"("initial_fingerprint":"","final_fingerprint":""})",
       "unknown status \"fine\""},
  };
  const std::string first = whole_log.substr(0, whole_log.find('\n') + 1);
  for (const auto& [line, message] : cases) {
    write_file(path, first + line + "\n");
    CHECK_THROWS_WITH(read_log(path),
                      ContainsSubstring("a.jsonl:2: ") && ContainsSubstring(message));
  }
  write_file(path, whole_log + first);
  CHECK_THROWS_WITH(read_log(path), ContainsSubstring("a.jsonl:6: nothing may follow"));
  CHECK_THROWS_AS(read_log(folder / "absent.jsonl"), Error);
}

TEST_CASE("run log: a finished log that was changed counts as damaged, unless only times changed") {
  const TempFolder folder;
  const auto path = folder / "a.jsonl";
  const auto [from, to] = GENERATE(table<std::string, std::string>(
      {{"2.25", "2.26"}, {"0.125", "0.126"}, {"fanin 0", "fanin 1"}, {"\"cd\"", "\"ce\""}}));
  std::string log = whole_log;
  write_file(path, log.replace(log.find(from), from.size(), to));
  for (const Depth depth : {Depth::sealed, Depth::curves, Depth::all})
    CHECK_THROWS_WITH(read_log(path, depth), ContainsSubstring("was changed after it was written"));
  log = whole_log;
  const std::size_t second = log.find('\n') + 1;
  write_file(path, log.erase(second, log.find('\n', second) + 1 - second));
  CHECK_THROWS_WITH(read_log(path), ContainsSubstring("was changed after it was written"));
  log = whole_log;
  write_file(path, log.replace(log.find("0.5,"), 3, "0.7"));
  CHECK(read_log(path).end->train_seconds == 0.7);
  const std::size_t hash = log.find(",\"sha256\"");
  write_file(path, log.erase(hash, log.find('}', hash) - hash));
  for (const Depth depth : {Depth::ends, Depth::sealed, Depth::curves, Depth::all})
    CHECK_THROWS_WITH(read_log(path, depth),
                      EndsWith("an old version wrote it; remove it to run it again"));
}

TEST_CASE("run log: the tail of a growing log reads complete lines") {
  const TempFolder folder;
  LogTail tail(folder / "a.jsonl.part");
  CHECK_FALSE(tail.poll());  // the file does not exist yet
  RunLog log(folder / "a.jsonl");
  CHECK_FALSE(tail.poll());
  log.start({"fanin train lenet5", 2, 61706, "", ""});
  log.add(StepLoss{1, 1, 2.25});
  CHECK(tail.poll());
  CHECK_FALSE(tail.poll());
  CHECK(tail.record().start.total_steps == 2);
  CHECK(tail.record().steps.size() == 1);
  log.end({"completed", 2, 0.5, "ab", "cd"});
  CHECK(tail.poll());
  CHECK(tail.record().end->status == "completed");
  log.finish();
  CHECK_FALSE(tail.poll());
}

TEST_CASE("run log: the tail waits for the rest of a line") {
  const TempFolder folder;
  OutputFile file(folder / "a", ".part");
  LogTail tail(folder / "a.part");
  file.write(whole_log.substr(0, 140));
  CHECK(tail.poll());
  CHECK(tail.record().steps.empty());
  file.write(whole_log.substr(140));
  CHECK(tail.poll());
  CHECK(tail.record().steps.size() == 2);
}

TEST_CASE("output file: replaces only regular files that are not in use") {
  const TempFolder folder;
  CHECK_THROWS_WITH(OutputFile("/dev/null", ".part"),
                    "cannot write /dev/null: it is not a regular file");
  CHECK_THROWS_AS(OutputFile(folder / "", ".part"), Error);
  OutputFile file(folder / "a", ".part");
  file.write("one");
  CHECK_THROWS_WITH(OutputFile(folder / "a", ".part"), EndsWith("another process is writing it"));
  CHECK(writer_of(folder / "a.part") == fmt::format("process {}", getpid()));
  file.write("two");
  file.commit();
  CHECK(writer_of(folder / "a.part").empty());
  CHECK(read_file(folder / "a") == "onetwo");
  std::filesystem::create_symlink("a", folder / "link");
  write_file(folder / "link", "three");
  CHECK(std::filesystem::is_symlink(folder / "link"));
  CHECK(read_file(folder / "a") == "three");
}

TEST_CASE("run log: deep, wide and endless logs soon give an error") {
  const TempFolder folder;
  const auto path = folder / "a.jsonl";
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  for (const std::string& value :
       {deep, std::string("1e999"), std::string("-1"), std::string("1.5")}) {
    write_file(path, R"({"event":"step","epoch":1,"loss":1,"step":)" + value + "}\n");
    CHECK_THROWS_AS(read_log(path), Error);
  }
  const std::string start = whole_log.substr(0, whole_log.find('\n') + 1);
  std::string end = whole_log.substr(whole_log.rfind('\n', whole_log.size() - 2) + 1);
  write_file(path, start + end.insert(14, ",\"a\":" + deep));
  CHECK_THROWS_WITH(read_log(path), ContainsSubstring("nested more than"));
  CHECK_THROWS_WITH(read_log(path, Depth::sealed), ContainsSubstring("nested more than"));
  std::string wide = R"({"event":"other")";
  for (int i = 0; i < 100'000; ++i) wide += ",\"k" + std::to_string(i) + "\":0";
  write_file(path, wide + "}\n");
  CHECK(read_log(path).steps.empty());
  REQUIRE(mkfifo((folder / "pipe").c_str(), 0600) == 0);
  CHECK_THROWS_WITH(read_log(folder / "pipe"), EndsWith("it is not a regular file"));
  CHECK_FALSE(LogTail(folder / "pipe").poll());
  CHECK_THROWS_WITH(read_file(path, 100), EndsWith("bytes or more, and 100 is the most"));
  CHECK(read_file("/proc/self/status").size() > 100);  // its reported size is 0
}

}  // namespace
}  // namespace fanin
