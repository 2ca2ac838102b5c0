// What the logs of a sweep say: how its runs ended, and its results, computed once, and shown by
// tables, CSV files, figures, answers and page alike.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "experiments/record/run_log.hpp"
#include "experiments/report/statistics.hpp"
#include "experiments/specs/spec.hpp"

namespace fanin {

// What the logs of a sweep say, run by run in the sweep's order; nothing for a run that has not
// ended, or whose log is damaged or of other settings.
using Records = std::vector<std::optional<RunRecord>>;

constexpr std::size_t reading_threads = 8;  // of many logs

// Reads those of some runs, by their number in the sweep, into their places; on up to eight cores.
// With `growing`, it reads of runs in progress what they have logged so far. It keeps all of the
// first run of each init and panel, whose histograms are drawn, and of the others what tables and
// figures show: no losses of single steps, and no layers of looks after the first.
void find_records(const Sweep& sweep, const std::filesystem::path& folder,
                  const std::vector<std::size_t>& runs, Records& records, bool growing = false);
Records find_records(const Sweep& sweep, const std::filesystem::path& folder);

// What does not go together among finished runs, each as a line that names two; "" if all do.
struct Mixture {
  std::string data;     // two runs on one data set, whose files were not the same
  std::string model;    // two of one model's file, which did not hold the same
  std::string kernels;  // two runs of other versions or kernels: the last digits may differ
};
Mixture mixture_of(const Sweep& sweep, const Records& records);

constexpr double dead_loss_margin = 0.02;  // how far from ln K a dead run's test loss may come

// The last evaluation says whether a completed run is trained (target_accuracy or above), slow or
// at chance. A run at chance is dead if nothing ever moved: its weights are those of the start, or
// every test loss after the start lies within dead_loss_margin of ln K, the loss of a network that
// gives all images one answer. The margin leaves room for what an output bias learns by itself. A
// run whose layers all had a gradient at the last look (RunRecord::gradient_blocked) is not dead.
// Losses other than cross entropy have no ln K, so only the gradient and the weights tell.
enum class Outcome { trained, slow, at_chance, dead, diverged, failed };

constexpr std::array<const char*, 6> outcome_names = {"trained", "slow",     "at chance",
                                                      "dead",    "diverged", "failed"};

Outcome outcome(const RunRecord& record, double target);        // of a run that has ended
std::string outcome_rules(double target, std::size_t classes);  // in lines of at most 100 columns

// The first evaluated step with this test accuracy, or nothing.
std::optional<std::size_t> steps_to(double accuracy, const RunRecord& record);

// Without an evaluation, the last one's numbers are NaN.
Evaluation last_evaluation(const RunRecord& record);

// The test accuracy of the last evaluation, in [0, 1]; for a diverged run that of guessing.
double final_accuracy(const RunRecord& record);

// The ended runs of an init in a panel, value by value of each vector. A failed run (a full disk,
// say) tells nothing of its init and is only counted.
struct InitResults {
  std::string init;
  std::string tuned = {};  // the values that tuning chose for it, such as "0.03"; "" without tuning
  double allowance = 0;    // by how much this choice may have lowered the accuracies
  std::array<std::size_t, outcome_names.size()> classes{};
  double chance = chance_accuracy;
  std::vector<std::uint64_t> seeds;
  std::vector<Outcome> outcomes;
  std::vector<double> accuracies;  // final_accuracy(), in [0, 1]
  std::vector<double> losses;      // test losses at the end; infinite if not finite
  std::vector<Arrival> arrivals;   // at the target; censored at the last step, or, diverged,
                                   // at infinity: such a run is known never to get there

  // Accuracies of the same seeds under other roundings; failed ones are left out.
  std::vector<std::vector<double>> roundings;

  Outcome add(std::uint64_t seed, const RunRecord& record, double target);
  // The std of accuracies over the seeds, and that over the roundings of a seed: the root of the
  // mean variance. NaN for fewer than two runs to compare.
  double seed_std() const;
  double rounding_std() const;
  std::size_t runs() const { return seeds.size(); }
  std::size_t count(Outcome which) const { return classes[static_cast<std::size_t>(which)]; }
  std::size_t arrived() const;
  std::size_t left_chance() const { return count(Outcome::trained) + count(Outcome::slow); }
  // Whether its mean accuracy can be compared: all runs left chance, and with fewer than
  // enough_seeds all ended in one class, as a mixture of two shows its spread only in many seeds.
  bool is_comparable() const;
  Interval trained_share() const { return wilson(count(Outcome::trained), runs()); }
  // To the target.
  std::optional<double> median_steps() const { return median_time(kaplan_meier(arrivals)); }
};

constexpr std::size_t enough_seeds = 10;  // for outcomes of two kinds

// Whether both are, and with fewer than enough_seeds all their runs ended in one class: in few
// seeds one of two equal inits may be all trained and the other all slow by chance.
bool are_comparable(const InitResults& one, const InitResults& other);

// The accuracies of the seeds that both have, of the one and of the other.
std::pair<std::vector<double>, std::vector<double>> at_common_seeds(const InitResults& one,
                                                                    const InitResults& other);

// Test accuracies at the end, in [0, 1], over the seeds that both have, as one of so many
// comparisons. Without comparisons, the interval and p are NaN.
PairedDifference compare_inits(const InitResults& one, const InitResults& other,
                               std::size_t comparisons);

// An init over another one of its panel, by their places there.
struct Comparison {
  std::size_t one, other;
  PairedDifference difference;
};

struct PanelResults {
  Axes axes;
  std::vector<InitResults> inits = {};
  std::vector<Comparison> pairs = {};  // each pair once, the earlier init over the later one
  // Of the best mean accuracy: among the comparable inits if there are any, else among those above
  // chance.
  std::optional<std::size_t> best_place = {};
  std::optional<std::size_t> baseline_place = {};  // of the sweep's baseline, if it has one

  const InitResults* best() const { return best_place ? &inits[*best_place] : nullptr; }
  const InitResults* baseline() const { return baseline_place ? &inits[*baseline_place] : nullptr; }
  PairedDifference lead(const InitResults& one, const InitResults& other) const;
};

// Compares all inits of all panels. The best init is chosen after looking, so all pairs of
// comparable inits count as one family (Hsu 1996). With a baseline, named before, the family is its
// pairs with the others. Other pairs have no interval and no p.
void compare_all(std::vector<PanelResults>& panels, const std::string& baseline = "");

// The median half width of a panel's intervals, as the seeds give it without allowances: a smaller
// difference is rarely found. NaN without intervals.
double resolution_of(const PanelResults& panel);

struct EndedRun {
  const Run& run;
  const RunRecord& record;
  Outcome outcome;
};

struct Tuning;  // report/tuning.hpp

// All in the sweep's order. The panels are those that have ended runs.
struct Results {
  const Sweep& sweep;
  const Records& records;
  std::vector<EndedRun> ended = {};
  std::vector<PanelResults> panels = {};
  std::shared_ptr<const Tuning> tuning = {};  // the runs that chose the values of a tuned sweep
};

// From the runs that have ended. The sweep and the records must outlive the results.
Results results_of(const Sweep& sweep, const Records& records,
                   std::shared_ptr<const Tuning> tuning = {});

}  // namespace fanin
