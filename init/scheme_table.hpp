#pragma once

#include <string>
#include <utility>
#include <vector>

namespace fanin {

// One line of a scheme: the parameters that a pattern matches are filled by a call of an init
// function, as function_table.hpp has them. A pattern is a glob with * and ?, held against
// "<layer type>.<parameter>", such as Conv*.weight, and a user's own also against the full path,
// such as fc1.weight.
struct Rule {
  std::string pattern, call;
};

// A way to initialise a whole model. The last rule that matches a parameter wins; a parameter that
// none matches keeps what its layer drew.
struct Scheme {
  std::string name, summary;
  std::vector<std::pair<std::string, std::string>>
      options;              // with their defaults; a number's is one
  std::vector<Rule> rules;  // "{key}" in a call stands for that option's value
  // After the rules, weights are scaled by what images make of them; those that a user's own rule
  // filled are not.
  bool lsuv = false;
};

const std::vector<Scheme>& scheme_table();

}  // namespace fanin
