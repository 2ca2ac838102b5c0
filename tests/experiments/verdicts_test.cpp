// The rule by which an init is "ahead of" another one, tried on sweeps whose truth is known.
#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <random>
#include <sstream>

#include "experiments/report/results.hpp"
#include "framework/io/whole_file.hpp"
#include "tests/support/catch.hpp"

namespace fanin {
namespace {

using Random = std::mt19937_64;

double normal(Random& random) { return std::normal_distribution<double>()(random); }

struct Draw {
  double accuracy;  // in [0, 1]
  Outcome outcome = Outcome::trained;
};

// A sweep's panels: accuracies of each init, with an effect that all inits of a seed share.
std::vector<PanelResults> simulate(std::size_t panels, std::size_t inits, std::size_t seeds,
                                   Random& random,
                                   const std::function<Draw(std::size_t init, Random&)>& draw) {
  std::vector<PanelResults> sweep(panels);
  for (PanelResults& panel : sweep) {
    panel.inits.resize(inits);
    for (std::size_t seed = 0; seed < seeds; ++seed) {
      const double common = 0.002 * normal(random);
      for (std::size_t i = 0; i < inits; ++i) {
        InitResults& init = panel.inits[i];
        const Draw drawn = draw(i, random);
        init.seeds.push_back(seed);
        init.outcomes.push_back(drawn.outcome);
        ++init.classes[static_cast<std::size_t>(drawn.outcome)];
        init.accuracies.push_back(drawn.accuracy + common);
      }
    }
  }
  compare_all(sweep);
  return sweep;
}

bool claims_a_lead(const std::vector<PanelResults>& sweep) {
  for (const PanelResults& panel : sweep)
    for (const Comparison& pair : panel.pairs)
      if (pair.difference.is_ahead() || pair.difference.is_behind()) return true;
  return false;
}

// FANIN_SWEEPS=1000 in `make test-long`: sweeps for each cell.
std::size_t sweeps_a_cell() {
  const char* text = std::getenv("FANIN_SWEEPS");
  return text != nullptr ? std::strtoul(text, nullptr, 10) : 200;
}

// The share of sweeps in which equal inits are called unequal, which must be 5 % at most. A cell of
// n sweeps may exceed it by chance: 3.7 standard deviations leave one cell in 10,000 above.
struct Errors {
  double sum = 0, worst = 0;
  std::size_t cells = 0;
  std::string where;

  void add(double share, const std::string& cell) {
    sum += share;
    ++cells;
    if (share > worst) worst = share, where = cell;
  }
};

Errors false_claims(const std::function<Draw(std::size_t, std::size_t, Random&)>& draw,
                    const std::string& what) {
  Random random(7);
  Errors errors;
  for (const std::size_t inits : {2, 4, 8, 16})
    for (const std::size_t seeds : {5, 10, 20})
      for (const std::size_t panels : {1, 6}) {
        std::size_t wrong = 0;
        for (std::size_t i = 0; i < sweeps_a_cell(); ++i)
          wrong += claims_a_lead(simulate(
              panels, inits, seeds, random,
              [&](std::size_t init, Random& source) { return draw(init, inits, source); }));
        errors.add(static_cast<double>(wrong) / static_cast<double>(sweeps_a_cell()),
                   what + ": " + std::to_string(inits) + " inits, " + std::to_string(seeds) +
                       " seeds, " + std::to_string(panels) + " panels");
      }
  return errors;
}

void check(const Errors& errors) {
  if (std::getenv("FANIN_SWEEPS") != nullptr)
    WARN(fmt::format("mean {:.1f} %, worst {:.1f} %: {}", 100 * errors.sum / errors.cells,
                     100 * errors.worst, errors.where));
  const auto sweeps = static_cast<double>(sweeps_a_cell());
  INFO(errors.where << ": " << errors.worst << ", mean " << errors.sum / errors.cells);
  CHECK(errors.worst <= 0.05 + 3.9 * std::sqrt(0.05 * 0.95 / sweeps));
  CHECK(errors.sum / static_cast<double>(errors.cells) <= 0.05);
}

TEST_CASE("verdicts: equal inits are seldom called unequal", "[statics]") {
  check(false_claims(
      [](std::size_t, std::size_t, Random& random) { return Draw{0.97 + 0.003 * normal(random)}; },
      "normal"));
}

TEST_CASE("verdicts: neither are skewed ones", "[statics]") {
  check(false_claims(
      [](std::size_t, std::size_t, Random& random) {
        return Draw{0.98 - 0.004 * std::exponential_distribution<double>()(random)};
      },
      "skewed"));
}

TEST_CASE("verdicts: nor inits of one mean and spreads from 1 to 30", "[statics]") {
  check(false_claims(
      [](std::size_t init, std::size_t inits, Random& random) {
        const double spread =
            std::pow(30, static_cast<double>(init) / static_cast<double>(inits - 1));
        return Draw{0.7 + 0.002 * spread * normal(random)};
      },
      "spreads"));
}

TEST_CASE("verdicts: nor inits that train in some seeds and not in others", "[statics]") {
  check(false_claims(
      [](std::size_t, std::size_t, Random& random) {
        if (std::bernoulli_distribution(0.5)(random)) return Draw{0.95 + 0.01 * normal(random)};
        return Draw{0.85 + 0.02 * normal(random), Outcome::slow};
      },
      "bimodal"));
}

TEST_CASE("verdicts: nor the others if three of the inits are at chance", "[statics]") {
  check(false_claims(
      [](std::size_t init, std::size_t inits, Random& random) {
        if (init < inits * 3 / 8) return Draw{0.113, Outcome::dead};
        return Draw{0.97 + 0.003 * normal(random)};
      },
      "three at chance"));
}

// The share of sweeps of five inits in which a lead of the first over the others is found.
double power(double spread, std::size_t seeds, double lead, Random& random) {
  const std::size_t sweeps = 2 * sweeps_a_cell();
  std::size_t found = 0;
  for (std::size_t i = 0; i < sweeps; ++i) {
    const auto sweep = simulate(1, 5, seeds, random, [&](std::size_t init, Random& source) {
      return Draw{0.95 + (init == 0 ? lead : 0) + spread / std::sqrt(2.) * normal(source)};
    });
    found += sweep[0].pairs[0].difference.is_ahead();  // of the first two
  }
  return static_cast<double>(found) / static_cast<double>(sweeps);
}

TEST_CASE("verdicts: the table of docs/results.md says how many seeds a question takes",
          "[statics]") {
  Random random(11);
  const double tolerance = 5 * std::sqrt(0.25 / static_cast<double>(2 * sweeps_a_cell()));
  std::istringstream docs(read_file(FANIN_SOURCE_DIR "/docs/results.md"));
  std::size_t rows = 0;
  std::string simulated;
  for (std::string line; std::getline(docs, line);) {
    double spread = 0, half = 0, one = 0, three = 0;
    std::size_t seeds = 0;
    if (std::sscanf(line.c_str(), "| %lf | %zu | %lf %% | %lf %% | %lf %% |", &spread, &seeds,
                    &half, &one, &three) != 5)
      continue;
    ++rows;
    for (const auto& [lead, said] : {std::pair(0.005, half), {0.01, one}, {0.03, three}}) {
      const double found = power(spread / 100, seeds, lead, random);
      simulated += fmt::format("{} points, {} seeds, lead {}: {:.1f} %\n", spread, seeds,
                               100 * lead, 100 * found);
      INFO(simulated);
      CHECK(std::abs(found - said / 100) <= tolerance);
      if (spread == 0.2 && seeds == 5 && lead == 0.01) CHECK(found >= 0.9);
    }
  }
  CHECK(rows == 6);
  if (std::getenv("FANIN_SWEEPS") != nullptr) WARN(simulated);
}

}  // namespace
}  // namespace fanin
