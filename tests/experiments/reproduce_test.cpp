#include <cmath>
#include <filesystem>
#include <functional>
#include <limits>
#include <set>

#include "experiments/record/folder.hpp"
#include "experiments/report/records.hpp"
#include "experiments/report/statistics.hpp"
#include "experiments/reproduce/claims.hpp"
#include "experiments/specs/spec.hpp"
#include "experiments/task/shipped.hpp"
#include "framework/core/error.hpp"
#include "tests/experiments/temp_folder.hpp"
#include "tests/support/catch.hpp"

using namespace fanin;

TEST_CASE("every published result that needs no training is reproduced", "[reproduce][statics]") {
  for (const Claim& claim : claim_table()) {
    if (!claim.specs.empty()) continue;
    const std::vector<Finding> findings = claim.judge({});
    CHECK_FALSE(findings.empty());
    for (const Finding& finding : findings) {
      INFO(claim.id << ": " << finding.what << ": " << finding.ours);
      CHECK(finding.verdict == Verdict::reproduced);
    }
  }
}

TEST_CASE("results have distinct names, and specs that can be read", "[reproduce]") {
  std::set<std::string> ids;
  for (const Claim& claim : claim_table()) {
    INFO(claim.id);
    CHECK(ids.insert(claim.id).second);
    CHECK_FALSE(claim.source.empty());
    for (const std::string& name : claim.specs) {
      const auto file = find_shipped("reproduce/specs/" + name + ".toml");
      REQUIRE_FALSE(file.empty());
      CHECK(read_sweep(file).name == name);
    }
  }
}

TEST_CASE("a single published number is held against the span of ours", "[reproduce]") {
  const std::vector<double> ours = {0.81, 0.84, 0.85};
  CHECK(single_number("", 0.83, 0, ours).verdict == Verdict::reproduced);
  CHECK(single_number("", 0.86, 0, ours).verdict == Verdict::not_reproduced);
  CHECK(single_number("", 0.80, 0, ours).verdict == Verdict::not_reproduced);
  CHECK(single_number("", 0.853, 0.005, ours).verdict == Verdict::reproduced);  // as rounded
}

TEST_CASE("an accuracy is held against those of ours that left chance", "[reproduce]") {
  const auto verdict = [](double published, const std::vector<double>& ours) {
    return single_number("", published, 0, ours, Unit::percent).verdict;
  };
  const std::vector<double> some_stuck = {0.1, 0, 0.81, 0.84, 0.85, 0.86, 0.87, 0.88, 0.89, 0.9};
  CHECK(verdict(0.83, some_stuck) == Verdict::reproduced);
  CHECK(verdict(0.5, some_stuck) == Verdict::not_reproduced);        // the stuck ones make no span
  CHECK(verdict(0.1, {0.1, 0.1, 0.1, 0.8}) == Verdict::reproduced);  // at chance: most of ours are
  CHECK(verdict(0.1, std::vector<double>(10, 0.84)) == Verdict::not_reproduced);
  CHECK(verdict(0.83, {0.1, 0.1}) == Verdict::not_reproduced);
  CHECK_THAT(single_number("", 0.83, 0, some_stuck, Unit::percent).ours,
             ContainsSubstring("leaves chance in 8 of 10"));
}

TEST_CASE("an expected number is held against the interval of our mean", "[reproduce]") {
  const std::vector<double> ours = {0.9, 1.0, 1.1, 0.95, 1.05};
  CHECK(mean_number("", 1.02, ours).verdict == Verdict::reproduced);
  CHECK(mean_number("", 1.12, ours).verdict == Verdict::not_reproduced);   // beyond all of ours
  CHECK(mean_number("", 1.095, ours).verdict == Verdict::not_reproduced);  // within their span
}

TEST_CASE("an ordering needs seven seeds of one mind", "[reproduce]") {
  const double never = std::numeric_limits<double>::infinity();
  const auto verdict = [](const std::vector<double>& more, const std::vector<double>& less) {
    return ordering("", "a", more, "b", less).verdict;
  };
  CHECK(sign_tail(7, 7) == Approx(1. / 128));
  CHECK(sign_tail(8, 9) == Approx(10. / 512));
  CHECK(sign_tail(0, 0) == 1);
  const std::vector<double> low(7, 1.), high(7, 2.), six(6, 2.), six_low(6, 1.);
  CHECK(verdict(high, low) == Verdict::reproduced);
  CHECK(verdict(low, high) == Verdict::not_reproduced);
  CHECK(verdict(six, six_low) == Verdict::not_reproduced);
  CHECK(verdict(low, low) == Verdict::not_reproduced);  // ties say nothing
  CHECK(verdict(std::vector<double>(7, never), low) == Verdict::reproduced);
  CHECK_THROWS(ordering("", "a", high, "b", six));
}

TEST_CASE("what always holds needs seven seeds, a calculated number its digits", "[reproduce]") {
  CHECK(holds("", "", std::vector<bool>(7, true)).verdict == Verdict::reproduced);
  CHECK(holds("", "", std::vector<bool>(6, true)).verdict == Verdict::not_reproduced);
  CHECK(holds("", "", {true, true, true, true, true, true, false}).verdict ==
        Verdict::not_reproduced);
  CHECK(calculated("", 1, 1.00005, 1e-4).verdict == Verdict::reproduced);
  CHECK(calculated("", 1, 1.0002, 1e-4).verdict == Verdict::not_reproduced);
}

namespace {

// Logs of all runs of a spec, of accuracies and losses that `of` gives; a step for each evaluation.
void made_up(Evidence& evidence, const std::string& spec, const std::filesystem::path& folder,
             const std::function<double(const Run&, std::size_t epoch)>& accuracy) {
  const Sweep sweep = read_sweep(find_shipped("reproduce/specs/" + spec + ".toml"));
  for (const Run& run : sweep.runs) {
    RunLog log(run_files(folder, run.name).log);
    log.start({train_command(run.options), 30, 1, "", ""});
    for (std::size_t epoch = 1; epoch <= 30; ++epoch) {
      const double reached = accuracy(run, epoch);
      log.step(50 * epoch, epoch, 1 - reached);
      log.evaluation({epoch, 50 * epoch, 1 - reached, 1 - reached, reached});
    }
    log.end({"completed", 1500, 1, "", ""});
    log.finish();
  }
  evidence.add(sweep, folder);
}

std::vector<Finding> judge(const std::string& id, const Evidence& evidence) {
  for (const Claim& claim : claim_table())
    if (claim.id == id) return claim.judge(evidence);
  throw Error("no " + id);
}

}  // namespace

TEST_CASE("each claim finds the runs of its specs, and tells them apart", "[reproduce]") {
  struct Case {
    const char *id, *good, *bad;  // the init that is said to be ahead, and the other
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
      if (*good == '\0') {  // within reach at the middle of the phases, or beyond
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

TEST_CASE("every claim judges runs that tell nothing", "[reproduce]") {
  for (const Claim& claim : claim_table()) {
    if (claim.specs.empty() || claim.id == "zero-ranks") continue;  // which looks at weights
    INFO(claim.id);
    const TempFolder folder;
    Evidence evidence;
    for (const std::string& spec : claim.specs)
      made_up(evidence, spec, folder / spec, [](const Run&, std::size_t) { return 0.5; });
    for (const Finding& finding : claim.judge(evidence)) {
      INFO(finding.what << ": " << finding.ours);
      CHECK(finding.seeds >= 7);
      if (finding.why.find("sign test") == 0) CHECK(finding.verdict == Verdict::not_reproduced);
    }
  }
}

TEST_CASE("a run that is missing or failed is named, not judged", "[reproduce]") {
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
