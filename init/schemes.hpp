#pragma once

#include <functional>
#include <string>
#include <vector>

#include "framework/nn/module.hpp"
#include "init/named_options.hpp"

namespace fanin {

// A way to initialise a whole model: a named scheme fills every Linear and Conv weight, in the
// order of modules(), and sets their biases to zero; other layers keep what they drew.
struct Scheme {
  std::string name, summary;
  std::vector<std::string> options;
  // Fills one weight; none for "default", which leaves everything as the constructors drew it.
  std::function<void(const Tensor& weight, const NamedOptions&, Generator&)> fill;
};

const std::vector<Scheme>& scheme_table();

// Throws UsageError for a text that is no scheme of the table with options of its own.
void check_scheme(const std::string& text);

// Applies the scheme that `text` names, such as "kaiming_normal" or "normal:std=0.01".
void apply_scheme(Module& model, const std::string& text,
                  Generator& generator = default_generator());

}  // namespace fanin
