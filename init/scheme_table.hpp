#pragma once

#include <string>
#include <utility>
#include <vector>

namespace fanin {

// One line of a scheme: a call of an init function (function_table.hpp) fills the parameters that a
// pattern matches. A pattern is a glob with * and ? that is matched with "<layer
// type>.<parameter>", such as Conv*.weight. A user's own pattern may also match the full path, such
// as fc1.weight.
struct Rule {
  std::string pattern, call;
};

// A way to initialise a whole model. The last rule that matches a parameter wins; a parameter
// without a rule keeps what its layer drew.
struct Scheme {
  std::string name, summary;
  std::vector<std::pair<std::string, std::string>> options;  // and their defaults
  std::vector<Rule> rules;  // "{key}" in a call stands for that option's value
  bool lsuv = false;  // whether LSUV then scales the weights, unless a user's own rule filled them
};

const std::vector<Scheme>& scheme_table();

}  // namespace fanin
