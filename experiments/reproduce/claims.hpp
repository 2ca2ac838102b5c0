// A published result is a file of experiments/reproduce/claims: where it was published, the specs
// whose runs are held against it, and a table [[row]] for each of its numbers. [rows] holds what
// the rows have in common.
#pragma once

#include <cmath>
#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "experiments/report/outcomes.hpp"
#include "experiments/report/records.hpp"
#include "experiments/reproduce/judge.hpp"
#include "experiments/reproduce/measures.hpp"

namespace fanin {

// Where numbers of ours come from, one a seed.
struct Source {
  std::string name;               // in an ordering
  std::string spec, init, panel;  // "" as spec: no training; as init or panel: all of them
  std::string least_of;           // an axis such as "lr": its best value counts, seed by seed
  std::size_t seeds = 20;         // without a spec
  std::string question;           // "steps to 0.9": the measure with its numbers
  const Measure* measure = nullptr;
  Numbers at;
  std::vector<Source> over;  // one: ours are divided by its numbers, seed by seed
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
  std::vector<Source> sources;  // ours or more and less; then what is tested or expected
  double published = 0, half_digit = 0;
  std::string published_text;  // of what is not comparable
  Unit unit = Unit::plain;
  double above = std::nan(""), below = std::nan("");  // bounds for each seed; NaN: none
  std::string shown;                                  // "median steps {:.0f}"
  std::string note;
  std::string otherwise;  // how ours trains otherwise: the same in PyTorch is judged beside it
};

struct Claim {
  std::string id, source, setting;
  std::size_t order = 0;           // its place among the claims
  std::vector<std::string> specs;  // experiments/reproduce/specs/NAME.toml; none: seconds
  bool slow = false;               // only by name or with --all
  std::vector<Row> rows;
};

// Throws UsageError with file and line.
Claim read_claim(const std::filesystem::path& file);
std::vector<Claim> shipped_claims();  // in their order

// The finished runs of the specs behind claims.
class Evidence {
 public:
  void add(const Sweep& sweep, const std::filesystem::path& folder);
  // The runs that a source means, in the sweep's order. Throws Error where one is missing.
  std::vector<Ran> runs(const Source& source) const;

 private:
  struct Folder {
    Sweep sweep;
    std::filesystem::path path;
    Records records;
  };
  std::map<std::string, Folder> folders_;
};

Numbers numbers(const Source& source, const Evidence& evidence);

std::vector<Finding> judge(const Claim& claim, const Evidence& evidence);

}  // namespace fanin
