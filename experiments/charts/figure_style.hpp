// How an init looks, the same in all figures.
#pragma once

#include <string>
#include <vector>

namespace fanin {

struct Style {
  std::string name, color, dark, shape;  // the init's; the colours on white, and on dark paper
};
using Styles = std::vector<Style>;

const Styles& palette();  // of the schemes that have a look of their own

// The styles of these inits, each once, in the order in which they came first: once for all that is
// seen together. A name may carry options ("normal:std=0.1"); the first of a kind takes the kind's
// style, others one that is free.
Styles styles_of(const std::vector<std::string>& names);

// Those of some of the inits, in the order of the names; each must be there, and have one name.
Styles styles_among(const Styles& all, const std::vector<std::string>& names);

}  // namespace fanin
