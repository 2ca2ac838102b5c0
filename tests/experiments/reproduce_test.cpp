#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <set>

#include "experiments/reproduce/claims.hpp"
#include "experiments/run/files.hpp"
#include "experiments/specs/spec.hpp"

using namespace fanin;

TEST_CASE("every published result that needs no training is reproduced", "[reproduce]") {
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
