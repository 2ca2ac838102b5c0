// When a published result counts as reproduced. Each kind of result has one rule over all seeds:
//
// - a number that was published for one draw must lie within the span of ours. If theirs were one
//   more seed of ours, it would lie outside with probability 2 / (n + 1). The table also shows our
//   quartiles, as the rule says little if our numbers scatter;
// - an accuracy that was published for one training must lie within the span of our seeds that left
//   chance; the table shows their share. A published accuracy at chance means that the setting
//   fails: then half of our seeds must fail, by the upper bound of Wilson's interval;
// - a number that theory or an average gives must lie within the 95 % interval of our mean;
// - a number that theory gives and we calculate must agree to the published digits;
// - an ordering must hold in so many seeds that a one-sided sign test puts chance below 0.01: with
//   seven seeds, the fewest that can show it, all must agree;
// - that an init is ahead of another is judged as in any sweep (report/results.hpp). The family are
//   the pairs that the claim names in such rows, as it names them before it looks;
// - a claim that something happens, with the bound that the row states, must hold for every seed,
//   and for at least seven.
//
// Not comparable: the published number comes from so different a training that neither agreement
// nor disagreement would say anything.
#pragma once

#include <cmath>
#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "experiments/report/results.hpp"
#include "experiments/reproduce/measures.hpp"

namespace fanin {

// Where our numbers come from, one for each seed.
struct Source {
  std::string name;               // in an ordering
  std::string spec, init, panel;  // without a spec nothing is trained; "": every init or panel
  std::string least_of;           // an axis such as "lr": the least number over it, for each seed
  std::size_t seeds = 20;         // without a spec
  const Measure* measure = nullptr;
  Numbers at;                // the numbers in the measure's text: 0.9 of "steps to 0.9"
  std::vector<Source> over;  // at most one: its numbers divide ours, seed by seed
};

// The finished runs of the specs that claims need.
class Evidence {
 public:
  void add(const Sweep& sweep, const std::filesystem::path& folder);
  // The runs that a source means, in the sweep's order. Throws Error if one is missing.
  std::vector<Ran> runs(const Source& source) const;
  // The same, as an init of a comparison. Throws Error if they are of more than one.
  InitResults init(const Source& source) const;

 private:
  struct Folder {
    Sweep sweep;
    std::filesystem::path path;
    Records records;
  };
  std::map<std::string, Folder> folders_;
};

enum class Verdict { reproduced, not_reproduced, not_comparable };

std::string to_string(Verdict verdict);

// One line of the table: what was published, what we find, and whether the two agree.
struct Finding {
  std::string what, published, ours;
  std::size_t seeds = 0;
  Verdict verdict = Verdict::not_comparable;
  std::string why;              // the rule, and the row's note
  double missed_by_chance = 0;  // how likely the rule says no if theirs were a seed of ours
};

struct Row;

// How a row compares the numbers, or the inits, of its sources with what was published.
struct RowRule {
  using OfNumbers = Finding (*)(const Row&, const std::vector<Numbers>&);
  using OfInits = Finding (*)(const Row&, const std::vector<InitResults>&, std::size_t comparisons);

  const char* name;
  std::vector<const char*> needs;  // keys of the row
  std::variant<OfNumbers, OfInits> judge;
};

const std::vector<RowRule>& rule_table();

// What a claim says about one line of the table.
struct Row {
  const RowRule* rule = nullptr;
  std::string what;
  std::vector<Source> sources;      // ours, or more and less; then tested or expected
  double published = 0;             // in [0, 1] if `percent`
  double half_digit = 0;            // half a unit of the published number's last place
  std::string published_text;       // if it is not comparable
  bool percent = false;             // an accuracy, written as 84.3 %
  double above = NAN, below = NAN;  // bounds for each seed; NAN: no bound
  std::string shown;                // "median steps {:.0f}"
  std::string note;
  std::string otherwise;  // how our training differs: PyTorch's, as published, is judged, too
};

std::vector<Finding> judge(const std::vector<Row>& rows, const Evidence& evidence);

}  // namespace fanin
