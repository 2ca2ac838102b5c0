// A sweep's results: computed once, and shown by tables, CSV files, answers and page alike.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "experiments/report/outcomes.hpp"
#include "experiments/report/records.hpp"
#include "experiments/report/statistics.hpp"

namespace fanin {

// The ended runs of an init in a panel, value by value of each vector. A failed run (a full disk,
// say) tells nothing of its init and is only counted.
struct InitResults {
  std::string init;
  std::array<std::size_t, outcome_names.size()> classes{};
  double chance = chance_accuracy;
  std::vector<std::uint64_t> seeds;
  std::vector<double> accuracies;  // final_accuracy(), in [0, 1]
  std::vector<double> losses;      // test losses at the end; infinite if not finite
  std::vector<Arrival> arrivals;   // at the target; censored at the last step, or, diverged,
                                   // at infinity: such a run is known never to get there

  void add(std::uint64_t seed, const RunRecord& record, double target);
  std::size_t runs() const { return seeds.size(); }
  std::size_t count(Outcome which) const { return classes[static_cast<std::size_t>(which)]; }
  std::size_t arrived() const;
  Interval trained_share() const;              // Wilson's 95 % interval
  std::optional<double> median_steps() const;  // Kaplan and Meier's, to the target
};

// Test accuracies at the end, in [0, 1], over the seeds that both have. Fewer than fewest_pairs get
// no interval: no bootstrap reaches past the extremes, and those of four differences hold the
// middle one's true place with probability 1 - 2^-3 at best.
constexpr std::size_t fewest_pairs = 5;
PairedDifference compare_inits(const InitResults& one, const InitResults& other);

// An init over another one of its panel, by their places there.
struct Comparison {
  std::size_t one, other;
  PairedDifference difference;
};

struct PanelResults {
  Axes axes;
  std::vector<InitResults> inits;
  std::vector<Comparison> pairs = {};  // each pair once, the earlier init over the later one
  std::optional<std::size_t> best_place = {};  // of the best mean accuracy; none if all at chance

  const InitResults* best() const { return best_place ? &inits[*best_place] : nullptr; }
  PairedDifference lead_over(const InitResults& other) const;  // of the best
};

struct Results {
  const Sweep& sweep;
  const Records& records;
  std::vector<PanelResults> panels;  // those that have ended runs, in the sweep's order
};

// From the runs that have ended. The sweep and the records must outlive the results.
Results results_of(const Sweep& sweep, const Records& records);

}  // namespace fanin
