// When a published result counts as reproduced. One rule for each kind of result, each over all
// seeds:
//
// - a number that was published for one draw: it lies within the span of ours. Were theirs one more
//   seed of ours, it would fall outside with probability 2 / (n + 1): with 20 seeds one row in ten
//   misses by chance. Where ours scatter, the rule says little; the quartiles beside it tell;
// - an accuracy that was published for one training: the same among those of our seeds that leave
//   chance, whose share stands beside it. One at chance says that the setting fails: half of our
//   seeds must do so, by the upper bound of Wilson's interval;
// - a number that theory or an average gives: it lies within the 95 % bootstrap interval of our
//   mean;
// - a number that theory gives and we calculate: they agree to the digits published;
// - an ordering: seed by seed, ours has it so much more often than not that a sign test, one-sided,
//   puts chance below 0.01. Seven seeds are the fewest that can, and then all must have it;
// - something that is said to happen, with the bound that the row states: it does so with every one
//   of seven seeds or more.
//
// Not comparable: theirs comes from so different a training that neither agreement nor disagreement
// would tell.
#pragma once

#include <string>
#include <vector>

namespace fanin {

enum class Verdict { reproduced, not_reproduced, not_comparable };

std::string to_string(Verdict verdict);

// One line of the table: what was published, what we find, whether the two agree, and by what.
struct Finding {
  std::string what, published, ours;
  std::size_t seeds = 0;
  Verdict verdict = Verdict::not_comparable;
  std::string why;
  double missed_by_chance = 0;  // how likely the rule is to say no, were theirs a seed of ours
};

// How numbers are written: 0.843, or with `percent` 84.3 %.
enum class Unit { plain, percent };

// `half_digit` is half a unit of the published number's last place; a percentage is an accuracy.
Finding single_number(const std::string& what, double published, double half_digit,
                      const std::vector<double>& ours, Unit unit = Unit::plain);
Finding mean_number(const std::string& what, double published, const std::vector<double>& ours,
                    Unit unit = Unit::plain);
Finding calculated(const std::string& what, double published, double ours, double half_digit);

// That `more` lies above `less`, over the same seeds; infinite values may be among them.
Finding ordering(const std::string& what, const std::string& more_name,
                 const std::vector<double>& more, const std::string& less_name,
                 const std::vector<double>& less, Unit unit = Unit::plain);

// That something holds for a seed.
Finding holds(const std::string& what, const std::string& ours, const std::vector<bool>& seeds);

}  // namespace fanin
