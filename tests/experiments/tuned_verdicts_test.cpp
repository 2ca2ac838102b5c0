// Sweeps whose truth is known, tuned and then judged by the same functions as a user's.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <random>
#include <sstream>

#include "experiments/report/tuning.hpp"
#include "experiments/sweep/tune.hpp"
#include "framework/io/whole_file.hpp"
#include "tests/experiments/results_of.hpp"
#include "tests/support/catch.hpp"

namespace fanin {
namespace {

using Random = std::mt19937_64;
// What an init loses at the k-th rate of its grid, in points.
using Losses = std::vector<double>;

double normal(Random& random) { return std::normal_distribution<double>()(random); }

std::size_t sweeps_a_cell() {
  const char* text = std::getenv("FANIN_SWEEPS");
  return text != nullptr ? std::strtoul(text, nullptr, 10) / 2 : 60;
}

struct Cell {
  Losses losses;
  double spread;   // of an init's accuracies over the seeds, in points
  double bad = 0;  // how often a run at a rate above the second loses 15 points
  std::size_t inits, seeds, tuning_seeds = 3;
  double lead = 0;    // of the first init, in points
  bool allow = true;  // for the choice of rates
};

// Runs of all inits at each rate, with an effect that all runs of a seed share.
struct Runs {
  Sweep of = sweep({});
  Records records;

  void add(const Cell& cell, const std::vector<std::size_t>& rates, const std::string& axis,
           std::uint64_t first_seed, std::size_t seeds, Random& random) {
    std::vector<double> common(seeds);
    for (double& effect : common) effect = 0.5 * cell.spread * normal(random);
    for (std::size_t i = 0; i < cell.inits; ++i)
      for (std::size_t s = 0; s < seeds; ++s) {
        const bool fails = rates[i] > 1 && std::bernoulli_distribution(cell.bad)(random);
        const double points = 95 + (i == 0 ? cell.lead : 0) - cell.losses[rates[i]] + common[s] +
                              cell.spread * normal(random) - (fails ? 15 : 0);
        const Axes axes = axis.empty() ? Axes() : Axes{{"lr", axis}};
        of.runs.push_back(run("init" + std::to_string(i), first_seed + s, axes));
        records.push_back(record({std::min(points, 100.) / 100}));
      }
  }
};

// A tuned sweep: the runs of the tuning, the choice, and the runs that compare.
struct Trial {
  Trial(const Cell& cell, Random& random) {
    Runs tuning;
    std::vector<std::string> grid;
    for (std::size_t rate = 0; rate < cell.losses.size(); ++rate) {
      grid.push_back(std::to_string(rate + 1));
      tuning.add(cell, std::vector<std::size_t>(cell.inits, rate), grid.back(), 100,
                 cell.tuning_seeds, random);
    }
    judged.of.tune = {{"lr", grid}};
    const Results tried = results_of(tuning.of, tuning.records);
    judged.of.tuned = choose(tried, judged.of);
    for (Tuned& choice : judged.of.tuned) {
      picks.push_back(std::stoul(choice.values.at(0).second) - 1);
      if (cell.allow) choice.allowance = tuning_allowance(tried, judged.of, choice);
    }
    if (cell.seeds == 0) return;
    judged.add(cell, picks, "", 0, cell.seeds, random);
    panels = results_of(judged.of, judged.records).panels;
  }

  bool claims() const {
    for (const Comparison& pair : panels.at(0).pairs)
      if (pair.difference.is_ahead() || pair.difference.is_behind()) return true;
    return false;
  }

  std::vector<std::size_t> picks;  // of each init
  Runs judged;
  std::vector<PanelResults> panels;
};

TEST_CASE("tuned verdicts: equal inits with equal curves over the rates are seldom called unequal",
          "[statics]") {
  const std::vector<std::pair<Losses, double>> curves = {
      {{0, 0, 0, 0, 0}, 0},     {{1, 0.2, 0, 0.2, 1}, 0}, {{3, 0.5, 0, 0.5, 3}, 0},
      {{5, 0.4, 0, 5, 20}, 0},  {{6, 1.5, 0, 1.5, 6}, 0}, {{2, 0.8, 0, 5, 20}, 0.02},
      {{2, 0.8, 0, 5, 20}, 0.1}};  // runs that fail now and then
  Random random(3);
  double sum = 0, worst = 0;
  std::size_t cells = 0;
  std::string where;
  for (const auto& [losses, bad] : curves)
    for (const double spread : {0.2, 0.6, 2.})
      for (const std::size_t inits : {2, 5, 8})
        for (const std::size_t seeds : {5, 10, 20}) {
          std::size_t wrong = 0;
          for (std::size_t n = 0; n < sweeps_a_cell(); ++n) {
            const Trial trial({losses, spread, bad, inits, seeds}, random);
            wrong += trial.claims();
          }
          const double share = static_cast<double>(wrong) / static_cast<double>(sweeps_a_cell());
          sum += share;
          ++cells;
          if (share <= worst) continue;
          worst = share;
          where = fmt::format("loses {} at the second rate, {} bad, spread {}, {} inits, {} seeds",
                              losses[1], bad, spread, inits, seeds);
        }
  const double mean_share = sum / static_cast<double>(cells);
  const std::string said =
      fmt::format("mean {:.1f} %, worst {:.1f} %: {}", 100 * mean_share, 100 * worst, where);
  INFO(said);
  if (std::getenv("FANIN_SWEEPS") != nullptr) WARN(said);
  CHECK(worst <= 0.05 + 3.9 * std::sqrt(0.05 * 0.95 / static_cast<double>(sweeps_a_cell())));
  CHECK(mean_share <= 0.05);
}

TEST_CASE("tuned verdicts: without the allowance, different picks are called a lead", "[statics]") {
  Random random(9);
  std::size_t wrong = 0;
  for (std::size_t n = 0; n < sweeps_a_cell(); ++n)
    wrong += Trial({{3, 0.5, 0, 0.5, 3}, 0.6, 0, 5, 20, 3, 0, false}, random).claims();
  const double share = static_cast<double>(wrong) / static_cast<double>(sweeps_a_cell());
  if (std::getenv("FANIN_SWEEPS") != nullptr) WARN(fmt::format("{:.1f} %", 100 * share));
  CHECK(share > 0.3);
}

// How often three points between inits are found: the rule must not buy safety with blindness.
TEST_CASE("tuned verdicts: three points between inits are found", "[statics]") {
  Random random(5);
  std::size_t found = 0;
  for (std::size_t n = 0; n < sweeps_a_cell(); ++n) {
    const Trial trial({{3, 0.5, 0, 0.5, 3}, 0.6, 0, 5, 10, 3, 3}, random);
    found += trial.panels.at(0).pairs.at(0).difference.is_ahead();
  }
  CHECK(static_cast<double>(found) / static_cast<double>(sweeps_a_cell()) > 0.8);
}

// The share of tunings that pick a rate more than half a point below the best of all, if accuracy
// falls by two points at a rate ten times too large or too small, and the best lies anywhere.
double wrong_picks(double step, double spread, std::size_t seeds, Random& random) {
  std::size_t wrong = 0, n = 4 * sweeps_a_cell();
  for (std::size_t i = 0; i < n; ++i) {
    const double best = std::uniform_real_distribution<double>(-0.5, 0.5)(random);  // in decades
    Losses losses;
    for (double at = -2; at <= 2.001; at += step) losses.push_back(2 * std::pow(at - best, 2));
    const Trial trial({losses, spread, 0, 1, 0, seeds}, random);
    wrong += losses[trial.picks[0]] > 0.5;
  }
  return static_cast<double>(wrong) / static_cast<double>(n);
}

TEST_CASE("tuned verdicts: the table of docs/results.md says how often a tuning picks wrongly",
          "[statics]") {
  Random random(13);
  std::istringstream docs(read_file(FANIN_SOURCE_DIR "/docs/results.md"));
  std::size_t rows = 0;
  std::string simulated;
  for (std::string line; std::getline(docs, line);) {
    std::size_t seeds = 0;
    double spread = 0, fine = 0, coarse = 0;
    if (std::sscanf(line.c_str(), "| %zu seed%*[s ]| %lf | %lf %% | %lf %% |", &seeds, &spread,
                    &fine, &coarse) != 4)
      continue;
    ++rows;
    for (const auto& [step, said] : {std::pair(0.5, fine), {1., coarse}}) {
      const double share = wrong_picks(step, spread, seeds, random);
      simulated +=
          fmt::format("{} seeds, {} points, step {}: {:.1f} %\n", seeds, spread, step, 100 * share);
      INFO(simulated);
      const double p = std::clamp(said / 100, 0.01, 0.99);  // the table is rounded to 1 %
      CHECK(std::abs(share - said / 100) <=
            0.005 + 4.5 * std::sqrt(p * (1 - p) / static_cast<double>(4 * sweeps_a_cell())));
    }
  }
  CHECK(rows == 9);
  if (std::getenv("FANIN_SWEEPS") != nullptr) WARN(simulated);
}

}  // namespace
}  // namespace fanin
