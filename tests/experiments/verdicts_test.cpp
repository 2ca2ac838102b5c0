// The rule by which an init is "ahead of" another one, tried on sweeps whose truth is known.
#include <cmath>
#include <cstdlib>
#include <functional>
#include <random>

#include "experiments/report/results.hpp"
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
        if (std::bernoulli_distribution(0.5)(random)) return Draw{0.113, Outcome::at_chance};
        return Draw{0.85 + 0.05 * normal(random), Outcome::slow};
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

TEST_CASE("verdicts: five seeds of five inits find one point at a spread of 0.2", "[statics]") {
  Random random(11);
  for (const double spread : {0.002, 0.006})
    for (const std::size_t seeds : {5, 10, 20})
      for (const double lead : {0.005, 0.01, 0.03}) {
        std::size_t found = 0, sweeps = 2 * sweeps_a_cell();
        for (std::size_t i = 0; i < sweeps; ++i) {
          const auto sweep = simulate(1, 5, seeds, random, [&](std::size_t init, Random& source) {
            return Draw{0.95 + (init == 0 ? lead : 0) + spread / std::sqrt(2.) * normal(source)};
          });
          found += sweep[0].pairs[0].difference.is_ahead();  // of the first two
        }
        const double power = static_cast<double>(found) / static_cast<double>(sweeps);
        if (spread == 0.002 && seeds == 5 && lead == 0.01) CHECK(power >= 0.9);
      }
}

}  // namespace
}  // namespace fanin
