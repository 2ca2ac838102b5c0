#include "experiments/report/outcomes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace fanin {
namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

// A command leaves defaults out.
bool is_cross_entropy(const RunRecord& record) {
  return record.start.command.find(" --loss ") == std::string::npos;
}

bool never_moved(const RunRecord& record) {
  if (record.end->steps == 0 || !record.gradient_blocked.value_or(true)) return false;
  if (record.end->initial_fingerprint == record.end->final_fingerprint) return true;
  if (!is_cross_entropy(record)) return record.gradient_blocked.has_value();
  const auto still = [&record](const Evaluation& at) {
    const double blind = std::log(static_cast<double>(record.start.classes));
    return std::abs(at.test_loss - blind) <= dead_loss_margin;
  };
  return !record.evaluations.empty() && std::ranges::all_of(record.evaluations, still);
}

}  // namespace

Evaluation last_evaluation(const RunRecord& record) {
  if (record.evaluations.empty()) return {0, 0, not_a_number, not_a_number, not_a_number};
  return record.evaluations.back();
}

double final_accuracy(const RunRecord& record) {
  const double accuracy = last_evaluation(record).test_accuracy;
  return std::isfinite(accuracy) ? accuracy : 0;
}

Outcome outcome(const RunRecord& record, double target) {
  if (!record.end || record.end->status == "failed") return Outcome::failed;
  if (record.end->status == "diverged") return Outcome::diverged;
  const double accuracy = last_evaluation(record).test_accuracy;
  if (accuracy >= target) return Outcome::trained;
  if (accuracy >= chance_of(record.start.classes)) return Outcome::slow;
  return never_moved(record) ? Outcome::dead : Outcome::at_chance;
}

std::string outcome_rules(double target, std::size_t classes) {
  return fmt::format(
      "trained: ends at {0:.4g} % test accuracy or more; slow: below {0:.4g} %; at chance: below "
      "{1:.0f} %;\ndead: at chance, a layer without gradient, and a test loss that stayed within "
      "{2} "
      "of ln {3} or\nweights that never changed (of another loss than cross entropy the layer is "
      "enough);\ndiverged: the loss became infinite or NaN\n",
      100 * target, 100 * chance_of(classes), dead_loss_margin, classes);
}

std::optional<std::size_t> steps_to(double accuracy, const RunRecord& record) {
  for (const Evaluation& evaluation : record.evaluations)
    if (evaluation.test_accuracy >= accuracy) return evaluation.step;
  return std::nullopt;
}

}  // namespace fanin
