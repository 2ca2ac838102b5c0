#include <cmath>
#include <filesystem>
#include <functional>
#include <limits>
#include <set>

#include "experiments/record/folder.hpp"
#include "experiments/report/results.hpp"
#include "experiments/report/statistics.hpp"
#include "experiments/reproduce/reproduce.hpp"
#include "experiments/specs/spec.hpp"
#include "experiments/task/models.hpp"
#include "framework/core/error.hpp"
#include "tests/experiments/temp_folder.hpp"
#include "tests/support/catch.hpp"

using namespace fanin;

TEST_CASE("all published results that need no training are reproduced", "[reproduce][statics]") {
  for (const Claim& claim : shipped_claims()) {
    if (!claim.specs.empty()) continue;
    const std::vector<Finding> findings = judge(claim.rows, {});
    CHECK_FALSE(findings.empty());
    for (const Finding& finding : findings) {
      INFO(claim.id << ": " << finding.what << ": " << finding.ours);
      CHECK(finding.verdict == Verdict::reproduced);
    }
  }
}

TEST_CASE("claims have distinct places in the order, and readable specs", "[reproduce]") {
  const std::vector<Claim> claims = shipped_claims();
  CHECK(claims.size() >= 19);
  std::set<std::size_t> places;
  for (const Claim& claim : claims) {
    INFO(claim.id);
    CHECK(places.insert(claim.order).second);
    CHECK_FALSE(claim.source.empty());
    for (const std::string& name : claim.specs) {
      const auto file = find_shipped("reproduce/specs/" + name + ".toml");
      REQUIRE_FALSE(file.empty());
      CHECK(read_sweep(file).name == name);
    }
  }
}

namespace {

// What a rule says about a row, given our numbers.
Finding judged(const char* rule, Row row, const std::vector<Numbers>& ours) {
  row.sources.resize(2);
  for (const RowRule& known : rule_table())
    if (known.name == std::string(rule))
      return std::get<RowRule::OfNumbers>(known.judge)(row, ours);
  throw Error("no {}", rule);
}

Verdict number(const char* rule, double published, double half_digit, const Numbers& ours) {
  Row row;
  row.published = published;
  row.half_digit = half_digit;
  return judged(rule, row, {ours}).verdict;
}

}  // namespace

TEST_CASE("a single published number is held against the span of ours", "[reproduce]") {
  const std::vector<double> ours = {0.81, 0.84, 0.85};
  CHECK(number("one training", 0.83, 0, ours) == Verdict::reproduced);
  CHECK(number("one training", 0.86, 0, ours) == Verdict::not_reproduced);
  CHECK(number("one training", 0.80, 0, ours) == Verdict::not_reproduced);
  CHECK(number("one training", 0.853, 0.005, ours) == Verdict::reproduced);  // as rounded
}

TEST_CASE("an accuracy is held against those of ours that left chance", "[reproduce]") {
  const auto finding = [](double published, const Numbers& ours) {
    Row row;
    row.published = published;
    row.percent = true;
    return judged("one training", row, {ours});
  };
  const auto verdict = [&](double published, const Numbers& ours) {
    return finding(published, ours).verdict;
  };
  const std::vector<double> some_stuck = {0.1, 0, 0.81, 0.84, 0.85, 0.86, 0.87, 0.88, 0.89, 0.9};
  CHECK(verdict(0.83, some_stuck) == Verdict::reproduced);
  CHECK(verdict(0.5, some_stuck) == Verdict::not_reproduced);  // stuck runs do not widen the span
  CHECK(verdict(0.1, {0.1, 0.1, 0.1, 0.8}) == Verdict::reproduced);  // at chance, like most of ours
  CHECK(verdict(0.1, std::vector<double>(10, 0.84)) == Verdict::not_reproduced);
  CHECK(verdict(0.83, {0.1, 0.1}) == Verdict::not_reproduced);
  CHECK_THAT(finding(0.83, some_stuck).ours, ContainsSubstring("leaves chance in 8 of 10"));
}

TEST_CASE("an expected number must lie within the interval of our mean", "[reproduce]") {
  const std::vector<double> ours = {0.9, 1.0, 1.1, 0.95, 1.05};
  CHECK(number("mean", 1.02, 0, ours) == Verdict::reproduced);
  CHECK(number("mean", 1.12, 0, ours) == Verdict::not_reproduced);   // above all of ours
  CHECK(number("mean", 1.105, 0, ours) == Verdict::not_reproduced);  // beyond our interval
}

TEST_CASE("an ordering needs seven seeds that agree", "[reproduce]") {
  const double never = std::numeric_limits<double>::infinity();
  const auto verdict = [](const std::vector<double>& more, const std::vector<double>& less) {
    return judged("ordering", {}, {more, less}).verdict;
  };
  CHECK(sign_tail(7, 7) == Approx(1. / 128));
  CHECK(sign_tail(8, 9) == Approx(10. / 512));
  CHECK(sign_tail(0, 0) == 1);
  const std::vector<double> low(7, 1.), high(7, 2.), six(6, 2.), six_low(6, 1.);
  CHECK(verdict(high, low) == Verdict::reproduced);
  CHECK(verdict(low, high) == Verdict::not_reproduced);
  CHECK(verdict(six, six_low) == Verdict::not_reproduced);
  CHECK(verdict(low, low) == Verdict::not_reproduced);  // ties do not count
  CHECK(verdict(std::vector<double>(7, never), low) == Verdict::reproduced);
  CHECK_THROWS(judged("ordering", {}, {high, six}));
}

TEST_CASE("what always holds needs seven seeds, a calculated number its digits", "[reproduce]") {
  const auto holds = [](const Numbers& ours) {
    Row row;
    row.below = 1;
    return judged("holds", row, {ours}).verdict;
  };
  CHECK(holds(Numbers(7, 0)) == Verdict::reproduced);
  CHECK(holds(Numbers(6, 0)) == Verdict::not_reproduced);
  CHECK(holds({0, 0, 0, 0, 0, 0, 1}) == Verdict::not_reproduced);
  CHECK(number("calculated", 1, 1e-4, {1.00005}) == Verdict::reproduced);
  CHECK(number("calculated", 1, 1e-4, {1.0002}) == Verdict::not_reproduced);
}

namespace {

// Writes logs of all runs of a spec, with the accuracies that `accuracy` returns, and adds them to
// the evidence. Each evaluation has one step.
void made_up(Evidence& evidence, const std::string& spec, const std::filesystem::path& folder,
             const std::function<double(const Run&, std::size_t epoch)>& accuracy) {
  const Sweep sweep = read_sweep(find_shipped("reproduce/specs/" + spec + ".toml"));
  for (const Run& run : sweep.runs) {
    RunLog log(run_files(folder, run.name).log);
    log.start({train_command(run.options), 30, 1, "", ""});
    for (std::size_t epoch = 1; epoch <= 30; ++epoch) {
      const double reached = accuracy(run, epoch);
      log.add(StepLoss{50 * epoch, epoch, 1 - reached});
      log.add(Evaluation{epoch, 50 * epoch, 1 - reached, 1 - reached, reached});
    }
    log.end({"completed", 1500, 1, "", ""});
    log.finish();
  }
  evidence.add(sweep, folder);
}

std::vector<Finding> judge(const std::string& id, const Evidence& evidence) {
  for (const Claim& claim : shipped_claims())
    if (claim.id == id) return judge(claim.rows, evidence);
  throw Error("no " + id);
}

}  // namespace

TEST_CASE("each claim finds the runs of its specs and does not confuse them", "[reproduce]") {
  struct Case {
    const char *id, *good, *bad;  // good: the init that is claimed to be ahead; bad: the other
  };
  const auto [id, good, bad] = GENERATE(
      Case{"he-depth", "kaiming_normal", "xavier_normal"},
      Case{"hanin-depth", "kaiming_normal", "xavier_normal"},
      Case{"glorot-tanh", "normalised", "standard"}, Case{"nielsen-weights", "scaled", "large"},
      Case{"fastai-lsuv", "lsuv", "kaiming"}, Case{"saxe-linear", "orthogonal", "scaled_gaussian"},
      Case{"schoenholz-phases", "", ""});
  INFO(id);
  for (const bool as_said : {true, false}) {
    const TempFolder folder;
    Evidence evidence;
    made_up(evidence, id, folder / "runs", [&](const Run& run, std::size_t epoch) {
      if (*good == '\0') {  // near the border between the phases, or shallow
        const bool middle =
            run.init.find("1.3") != std::string::npos || run.axes.front().second == "10";
        return middle == as_said ? 0.9 : 0.1;
      }
      const bool deep = run.axes.empty() || run.axes.front().second != "5";
      const bool ahead =
          (run.init == good) == as_said || (id == std::string("saxe-linear") && !deep);
      return ahead ? 0.95 : 0.1 + 0.01 * static_cast<double>(epoch);
    });
    std::size_t orderings = 0;
    for (const Finding& finding : judge(id, evidence)) {
      if (finding.why.find("sign test") != 0) continue;
      INFO(finding.what << ": " << finding.ours);
      ++orderings;
      CHECK(finding.verdict == (as_said ? Verdict::reproduced : Verdict::not_reproduced));
    }
    if (*bad != '\0') CHECK(orderings > 0);
  }
}

TEST_CASE("every claim can judge runs that are all alike, or all diverged", "[reproduce]") {
  const double accuracy = GENERATE(0.5, std::numeric_limits<double>::quiet_NaN());
  for (const Claim& claim : shipped_claims()) {
    if (claim.specs.empty() || claim.id == "zero-ranks") continue;  // it needs weights
    INFO(claim.id);
    const TempFolder folder;
    Evidence evidence;
    for (const std::string& spec : claim.specs)
      made_up(evidence, spec, folder / spec, [&](const Run&, std::size_t) { return accuracy; });
    for (const Finding& finding : judge(claim.rows, evidence)) {
      INFO(finding.what << ": " << finding.ours);
      CHECK(finding.seeds >= 7);
      if (finding.why.find("sign test") == 0) CHECK(finding.verdict == Verdict::not_reproduced);
    }
  }
}

TEST_CASE("a missing or failed run is named and not judged", "[reproduce]") {
  const TempFolder folder;
  const std::string spec = "glorot-tanh";
  Evidence whole;
  made_up(whole, spec, folder / "runs", [](const Run&, std::size_t) { return 0.5; });
  const Sweep sweep = read_sweep(find_shipped("reproduce/specs/glorot-tanh.toml"));
  const Run& run = sweep.runs.back();
  const auto judged = [&] {
    Evidence evidence;
    evidence.add(sweep, folder / "runs");
    return judge(spec, evidence);
  };
  CHECK_NOTHROW(judged());
  std::filesystem::remove(run_files(folder / "runs", run.name).log);
  CHECK_THROWS_WITH(judged(), ContainsSubstring(run.name) && ContainsSubstring("missing"));
  RunLog log(run_files(folder / "runs", run.name).log);
  log.start({train_command(run.options), 30, 1, "", ""});
  log.end({"failed", 1, 1, "", ""});
  log.finish();
  CHECK_THROWS_WITH(judged(), ContainsSubstring(run.name) && ContainsSubstring("missing"));
}

TEST_CASE("a file with known rules makes a new claim", "[reproduce][claim]") {
  const TempFolder folder;
  write_file(folder / "new.toml", R"(
order = 5
source = "Somebody 2020, figure 1"
setting = "as theirs"
specs = ["glorot-tanh"]

[rows]
rule = "one training"
measure = "accuracy after epoch {epoch}"
unit = "percent"
half_digit = 0.0005

[[row]]
what = "normalised after epoch {epoch}"
published = [0.51, 0.7]
epoch = 2
init = "normalised"
note = "of two"

[[row]]
rule = "ordering"
what = "normalised is ahead"
more = { name = "ours", init = "normalised", measure = "final accuracy" }
less = { name = "theirs", init = "standard" }

[[row]]
rule = "holds"
what = "soon there"
init = "normalised"
unit = ""
measure = "steps to 0.5"
shown = "median steps {:.0f}"
tested = { over = { measure = "steps to 0.1" } }
below = 20

[[row]]
rule = "mean"
what = "standard's"
published = 0.25
init = "standard"
measure = "final accuracy"
)");
  const Claim claim = read_claim(folder / "new.toml");
  CHECK(claim.id == "new");
  CHECK(claim.order == 5);
  CHECK_FALSE(claim.slow);
  Evidence evidence;
  made_up(evidence, "glorot-tanh", folder / "runs", [](const Run& run, std::size_t epoch) {
    return run.init == "standard" ? 0.25 : std::min(0.7, 0.25 * static_cast<double>(epoch)) + 0.01;
  });
  const std::vector<Finding> rows = judge(claim.rows, evidence);
  REQUIRE(rows.size() == 5);
  CHECK(rows[0].what == "normalised after epoch 2");
  CHECK(rows[0].published == "51.00 %");
  CHECK(rows[0].verdict == Verdict::reproduced);
  CHECK_THAT(rows[0].why, EndsWith("; of two"));
  CHECK(rows[1].what == "normalised after epoch 3");
  CHECK(rows[1].verdict == Verdict::not_reproduced);
  CHECK(rows[2].published == "ours above theirs");
  CHECK(rows[2].verdict == Verdict::reproduced);
  CHECK_THAT(rows[3].ours, StartsWith("median steps 100; holds in 10 of 10"));
  CHECK(rows[4].verdict == Verdict::reproduced);
}

TEST_CASE("an init is ahead by the rule of comparisons, or not compared", "[reproduce][claim]") {
  const TempFolder folder;
  std::string text = R"(
order = 5
source = "this project"
setting = "SGD"
specs = ["glorot-tanh"]

[rows]
rule = "ahead"
measure = "final accuracy"
more = { name = "ours", init = "normalised" }
less = { name = "theirs", init = "standard" }
)";
  const std::string row = "\n[[row]]\nwhat = \"ours is ahead\"\n";
  // The lead of normalised over standard swings with the seed by `swing` around `lead`.
  const auto judged = [&](double lead, double swing, std::size_t rows, double standard = 0.9) {
    Evidence evidence;
    const std::filesystem::path runs = folder / fmt::format("{}-{}-{}", lead, swing, standard);
    made_up(evidence, "glorot-tanh", runs, [&](const Run& run, std::size_t) {
      return run.init == "standard" ? standard
                                    : standard + lead + (run.seed % 2 == 0 ? swing : -swing);
    });
    std::string all = text;
    for (std::size_t i = 0; i < rows; ++i) all += row;
    write_file(folder / "new.toml", all);
    return judge(read_claim(folder / "new.toml").rows, evidence).front();
  };
  // Ten seeds: the standard error is 0.01 / 3, so 0.008 is 2.4 of them (2.26 at 95 %, 2.69 for
  // two).
  const Finding one = judged(0.008, 0.01, 1);
  CHECK(one.verdict == Verdict::reproduced);
  CHECK(one.published == "ours ahead of theirs");
  CHECK(one.ours == "ours 90.80 %, theirs 90.00 %; by 0.8 points (0.05 to 1.6)");
  CHECK(judged(0.008, 0.01, 2).verdict == Verdict::not_reproduced);
  CHECK(judged(-0.02, 0.01, 1).verdict == Verdict::not_reproduced);
  const Finding stuck = judged(0.8, 0, 1, 0.1);
  CHECK(stuck.verdict == Verdict::not_reproduced);
  CHECK_THAT(stuck.ours, EndsWith("above chance in 10 of 10 and 0 of 10 seeds"));
}

TEST_CASE("errors in a claim's file name the file, the line and the key", "[reproduce][claim]") {
  const TempFolder folder;
  const std::string head = "order = 1\nsource = \"s\"\nsetting = \"t\"\n";
  const std::string row = "[[row]]\nwhat = \"w\"\n";
  const std::string holds = row + "rule = \"holds\"\nabove = 1\nshown = \"x\"\nmeasure = ";
  const std::vector<std::pair<std::string, std::string>> refused{
      {"order = \"first\"\n", "bad.toml:1: order must be a whole number"},
      {"order = 1\n[[row]]\n", "source is missing"},
      {head, "row is missing"},
      {head + "slwo = true\n" + row, "bad.toml:4: unknown key \"slwo\"; did you mean \"slow\"?"},
      {head + "specs = \"one\"\n" + row, "specs must be a list"},
      {head + "specs = [1]\n" + row, "specs must be a string"},
      {head + row, "bad.toml:4: rule is missing"},
      {head + row + "rule = \"orderin\"\n", "unknown rule \"orderin\"; did you mean \"ordering\"?"},
      {head + row + "rule = \"mean\"\n", "published is missing"},
      {head + row + "rule = \"ordering\"\nmore = {}\n", "less is missing"},
      {head + "specs = [\"a\"]\n" + row +
           "rule = \"ahead\"\nmeasure = \"steps to 1\"\nmore = {}\nless = {}\n",
       "goes with the measure \"final accuracy\" alone"},
      {head + row + "rule = \"calculated\"\npublished = \"1\"\n", "published must be a number"},
      {head + row + "rule = \"holds\"\nabove = 1\nshown = \"x\"\n", "measure is missing"},
      {head + holds + "\"steps to 0.9\"\n", "unknown measure \"steps to N\""},
      {head + "specs = [\"a\", \"b\"]\n" + holds + "\"steps to 0.9\"\n",
       "spec must be one of the claim's"},
      {head + "specs = [\"a\"]\n" + holds + "\"steps to soon\"\n", "unknown measure"},
      {head + "specs = [\"a\"]\n" + holds + "\"steps to 1\"\notherwise = \"so\"\n", "otherwise"},
      {head + holds + "\"xi_c of tanh\"\nunit = \"metres\"\n", "unit must be"},
      {head + holds + "\"xi_c of tanh\"\ntested = { inti = \"a\" }\n",
       "unknown key \"inti\"; did you mean \"init\"?"},
      {head + holds + "\"xi_c of tanh\"\nover = 2\n", "expected a table"},
      {head + "specs = [\"a\"]\n" + holds + "\"steps to N\"\n", "measure needs a number"},
      {head + row + "rule = \"holds\"\nshown = \"x\"\n", "below is missing"},
      {head + holds + "\"xi_c of tanh\"\nnote = 3\n", "note must be a string"},
      {head + row + "rule = \"holds\"\nabove = 1\nshown = \"{:x}\"\n", "shown \"{:x}\": "},
      {head + "row = [\n", "bad.toml:4"},
  };
  for (const auto& [text, why] : refused) {
    INFO(text);
    write_file(folder / "bad.toml", text);
    CHECK_THROWS_WITH(read_claim(folder / "bad.toml"),
                      ContainsSubstring("bad.toml:") && ContainsSubstring(why));
  }
}
