#include "experiments/reproduce/judge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "experiments/report/results.hpp"
#include "experiments/report/statistics.hpp"
#include "framework/core/error.hpp"

namespace fanin {
namespace {

constexpr double significant = 0.01;

std::string number(double value, Unit unit) {
  if (!std::isfinite(value)) return "never";
  return unit == Unit::percent ? fmt::format("{:.2f} %", 100 * value)
                               : fmt::format("{:.4g}", value);
}

Verdict agreed(bool yes) { return yes ? Verdict::reproduced : Verdict::not_reproduced; }

// How often it was so, "9 of 10 (95 % interval 60 % to 98 %)".
std::string share(std::size_t yes, std::size_t n) {
  const auto [low, high] = wilson(yes, n);
  return fmt::format("{} of {} (95 % interval {:.0f} % to {:.0f} %)", yes, n, 100 * low,
                     100 * high);
}

// By how much `more` lies above `less` in the mean, nothing where a value is infinite.
std::string mean_difference(const std::vector<double>& more, const std::vector<double>& less,
                            Unit unit) {
  const auto finite = [](double value) { return std::isfinite(value); };
  if (!std::ranges::all_of(more, finite) || !std::ranges::all_of(less, finite)) return "";
  const PairedDifference by = compare_pairs(more, less);
  return fmt::format(", mean difference {} (95 % interval {} to {})", number(by.mean, unit),
                     number(by.interval.low, unit), number(by.interval.high, unit));
}

}  // namespace

std::string to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::reproduced: return "reproduced";
    case Verdict::not_reproduced: return "not reproduced";
    default: return "not comparable";
  }
}

Finding single_number(const std::string& what, double published, double half_digit,
                      const std::vector<double>& ours, Unit unit) {
  if (ours.empty()) throw Error(what + ": no seed has a number");
  std::vector<double> counted = ours;  // of accuracies those that left chance
  if (unit == Unit::percent)
    std::erase_if(counted, [](double accuracy) { return accuracy < chance_accuracy; });
  const std::size_t n = ours.size(), left = counted.size();
  const std::string leaving = left < n ? "; leaves chance in " + share(left, n) : "";
  Finding finding{what, number(published, unit), "all at chance",
                  n,    Verdict::not_reproduced, "one training among the span of ours"};
  if (unit == Unit::percent && published < chance_accuracy) {
    finding.ours = "median " + number(median(ours), unit) + leaving;
    finding.verdict = agreed(wilson(n - left, n).high >= 0.5);
    finding.why = "half of ours at chance, by Wilson's interval";
  } else if (left > 0) {
    const auto [low, high] = std::ranges::minmax(counted);
    const Quartiles middle = quartiles(counted);
    finding.ours =
        fmt::format("{} (quartiles {} to {}, all {} to {}){}", number(middle.median, unit),
                    number(middle.low, unit), number(middle.high, unit), number(low, unit),
                    number(high, unit), leaving);
    finding.verdict = agreed(published + half_digit >= low && published - half_digit <= high);
    finding.missed_by_chance = 2 / (static_cast<double>(left) + 1);
  }
  return finding;
}

Finding mean_number(const std::string& what, double published, const std::vector<double>& ours,
                    Unit unit) {
  const PairedDifference from_zero = compare_pairs(ours, std::vector<double>(ours.size(), 0));
  const auto [low, high] = from_zero.interval;
  return {what,
          number(published, unit),
          fmt::format("{} (mean's 95 % interval {} to {})", number(from_zero.mean, unit),
                      number(low, unit), number(high, unit)),
          ours.size(),
          agreed(published >= low && published <= high),
          "expected number in the interval of our mean"};
}

Finding calculated(const std::string& what, double published, double ours, double half_digit) {
  return {what,
          number(published, Unit::plain),
          fmt::format("{:.6g}", ours),
          0,
          agreed(std::abs(ours - published) <= half_digit),
          "calculated"};
}

Finding ordering(const std::string& what, const std::string& more_name,
                 const std::vector<double>& more, const std::string& less_name,
                 const std::vector<double>& less, Unit unit) {
  if (more.size() != less.size() || more.empty())
    throw Error("{}: {} and {} seeds", what, more.size(), less.size());
  std::size_t above = 0, decided = 0;
  for (std::size_t i = 0; i < more.size(); ++i) {
    above += more[i] > less[i];
    decided += more[i] != less[i];
  }
  return {
      what,
      fmt::format("{} above {}", more_name, less_name),
      fmt::format("{} {}, {} {}{}; above in {}{}", more_name, number(median(more), unit), less_name,
                  number(median(less), unit), mean_difference(more, less, unit),
                  share(above, more.size()),
                  decided < more.size() ? fmt::format(", {} equal", more.size() - decided) : ""),
      more.size(),
      agreed(sign_tail(above, decided) < significant),
      fmt::format("sign test, p = {:.2g}", sign_tail(above, decided))};
}

Finding holds(const std::string& what, const std::string& ours, const std::vector<bool>& seeds) {
  constexpr std::size_t fewest = 7;
  const auto yes = static_cast<std::size_t>(std::ranges::count(seeds, true));
  return {what,
          "always",
          fmt::format("{}; holds in {}", ours, share(yes, seeds.size())),
          seeds.size(),
          agreed(yes == seeds.size() && yes >= fewest),
          "all seeds"};
}

}  // namespace fanin
