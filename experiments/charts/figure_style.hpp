// What all figures share: how an init looks, the same everywhere, and the frame around charts.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace fanin {

struct Style {
  std::string init, color, dark, shape;  // the colour on white, and on dark paper
};
using Styles = std::vector<Style>;

const Styles& palette();  // of the schemes that have a look of their own

// The styles of these inits, each once, in the order in which they came first: once for all that is
// seen together. A name may carry options ("normal:std=0.1"); the first of a kind takes the kind's
// style, others one that is free.
Styles styles_of(const std::vector<std::string>& names);

// Those of some of the inits, in the order of the names; each must be there.
Styles styles_among(const Styles& all, const std::vector<std::string>& names);

// The encoding of the inits in a channel, "color" or "shape".
nlohmann::json init_channel(const Styles& inits, std::string Style::*look);

// The title of a row or a chart.
nlohmann::json small_title(const std::string& text);

// An axis of shares in [0, 1] that is labelled in percent.
nlohmann::json percent_axis(const std::string& title);

// Adds the median and the quartiles to a row, nothing when the median is not finite; what is not
// finite counts as above all others.
void add_quartiles(nlohmann::json& row, const std::string& name, std::vector<double> values);

// A whole figure around its charts, a key such as "vconcat" with its value.
nlohmann::json figure(const std::string& title, const std::string& subtitle, const char* key,
                      nlohmann::json charts);

}  // namespace fanin
