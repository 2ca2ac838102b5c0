#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "experiments/reproduce/evidence.hpp"
#include "experiments/reproduce/judge.hpp"

namespace fanin {

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

std::vector<Finding> judge(const std::vector<Row>& rows, const Evidence& evidence);

}  // namespace fanin
