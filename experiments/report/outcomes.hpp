// How a run ended: its class, and the numbers that speak for it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "experiments/record/run_log.hpp"
#include "experiments/specs/spec.hpp"

namespace fanin {

constexpr double dead_loss_margin = 0.02;  // how far from ln K a dead run's test loss may come

// Below, a run of K classes never left chance, which is 1 / K.
constexpr double chance_of(std::size_t classes) {
  return chance_accuracy * 10 / static_cast<double>(classes > 0 ? classes : 10);
}

// A completed run is classed by its last evaluation: trained (the sweep's target_accuracy or
// above), slow or at chance. Dead is one at chance in which nothing ever moved: its weights are
// those of the start, or every test loss lies within dead_loss_margin of ln K, what a network
// scores that gives all images one answer. The margin leaves room for what an output bias learns
// by itself: the classes' frequencies (0.0016 on MNIST), and at high rates the noise of the
// batches. A run at chance whose loss did move, down or up, gets gradients; so does one whose
// layers all had a gradient when diagnostics last looked (RunRecord::gradient_blocked). Without a
// look, a run that stopped before it began to learn looks dead too. Losses other than cross entropy
// have no such number: there a layer without gradient, or weights that never changed, is all that
// tells.
enum class Outcome { trained, slow, at_chance, dead, diverged, failed };

constexpr std::array<const char*, 6> outcome_names = {"trained", "slow",     "at chance",
                                                      "dead",    "diverged", "failed"};

Outcome outcome(const RunRecord& record, double target);  // of a run that has ended
// For people, in lines of at most 100 columns.
std::string outcome_rules(double target, std::size_t classes);

// The first evaluated step with this test accuracy, or nothing.
std::optional<std::size_t> steps_to(double accuracy, const RunRecord& record);

// The last evaluation; its numbers are NaN if the run has no evaluation.
Evaluation last_evaluation(const RunRecord& record);

// The test accuracy of the last evaluation, in [0, 1]; 0 if it is not finite, or if the run has no
// evaluation.
double final_accuracy(const RunRecord& record);

}  // namespace fanin
