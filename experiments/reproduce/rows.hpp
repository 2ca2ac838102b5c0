// When a published result counts as reproduced. One rule for each kind of result, each over all
// seeds:
//
// - a number that was published for one draw: it lies within the span of ours. Were theirs one more
//   seed of ours, it would fall outside with probability 2 / (n + 1): with 20 seeds one row in ten
//   misses by chance. If ours scatter, the rule says little; the quartiles beside it tell;
// - an accuracy that was published for one training: the same among those of our seeds that leave
//   chance, whose share stands beside it. One at chance says that the setting fails: half of our
//   seeds must do so, by the upper bound of Wilson's interval;
// - a number that theory or an average gives: it lies within the 95 % bootstrap interval of our
//   mean;
// - a number that theory gives and we calculate: they agree to the digits published;
// - an ordering: seed by seed, ours has it so much more often than not that a sign test, one-sided,
//   puts chance below 0.01. Seven seeds are the fewest that can, and then all must have it; values
//   may be infinite;
// - something that is said to happen, with the bound that the row states: it does so with every one
//   of seven seeds or more.
//
// Not comparable: theirs comes from so different a training that neither agreement nor disagreement
// would tell.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "experiments/reproduce/evidence.hpp"

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

struct Row;

// How a row's numbers, those of each source, are held against what was published.
struct RowRule {
  const char* name;
  std::vector<const char*> needs;  // keys of the row
  Finding (*judge)(const Row&, const std::vector<Numbers>&);
};

const std::vector<RowRule>& rule_table();

// A line of the table to be.
struct Row {
  const RowRule* rule = nullptr;
  std::string what;
  std::vector<Source> sources;      // ours or more and less; then what is tested or expected
  double published = 0;             // a percentage is an accuracy
  double half_digit = 0;            // half a unit of the published number's last place
  std::string published_text;       // of what is not comparable
  bool percent = false;             // whether 0.843 is written 84.3 %
  double above = NAN, below = NAN;  // bounds for each seed, if there are any
  std::string shown;                // "median steps {:.0f}"
  std::string note;
  std::string otherwise;  // how ours trains otherwise: the same in PyTorch is judged beside it
};

std::vector<Finding> judge(const std::vector<Row>& rows, const Evidence& evidence);

}  // namespace fanin
