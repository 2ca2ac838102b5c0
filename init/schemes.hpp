#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "framework/nn/module.hpp"

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

// A scheme is written as a name of the table with its options, "normal:std=0.01", or as rules under
// a name of one's own, perhaps on top of a named scheme:
// "mine{base=kaiming_normal; Conv*.weight=xavier_normal_; *.bias=zeros_}".
std::string scheme_label(const std::string& text);  // "mine"; a named scheme's text is its label
std::string scheme_text(const std::string& label, const std::vector<Rule>& rules,
                        const std::string& base = "");

// Throws UsageError for a text that is no scheme.
void check_scheme(const std::string& text);
// Throws UsageError when one of the scheme's own rules matches no parameter of the model.
void check_scheme_fits(const std::string& text, Module& model);

// The standard deviation that theory expects of a parameter's numbers under a scheme; not a number
// where data decides, as under lsuv, and where there is no theory.
struct Expectation {
  std::string path;
  double std;
  bool by_data;
  bool random;  // not at places that matter, as the ones of eye_ and dirac_ are
};
std::vector<Expectation> expected_stds(Module& model, const std::string& text);

struct InitOptions {
  std::function<Array()> images = {};  // a batch for schemes that look at data; asked by them only
  // Every parameter draws from a stream of its own, Generator::stream(seed, path), under the
  // constructors' defaults too: adding or removing a layer changes no other layer's weights. The
  // generator itself then begins anew from its seed.
  bool per_parameter = false;
};

// Applies a scheme: visits the parameters in the order of modules(), each module's own in its own
// order, which is the order of a PyTorch script's draws. Throws as check_scheme() and
// check_scheme_fits(), and Error naming the parameter where an init function does not fit it.
void apply_scheme(Module& model, const std::string& text,
                  Generator& generator = default_generator(), const InitOptions& options = {});

}  // namespace fanin
