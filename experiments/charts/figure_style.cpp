#include "experiments/charts/figure_style.hpp"

#include <algorithm>

namespace fanin {
namespace {

// How an init looks, on white and on dark paper. Any two of the colours stay 16 CIELAB units apart
// or more, for protanopes and deuteranopes too.
const Styles styles = {
    {"zero", "#000000", "#ffffff", "circle"},
    {"constant", "#806d31", "#cdb87b", "square"},
    {"normal", "#e0a800", "#e0a800", "diamond"},
    {"xavier_uniform", "#56b4e9", "#56b4e9", "triangle-up"},
    {"xavier_normal", "#0072b2", "#5aa3fc", "triangle-down"},
    {"kaiming_uniform", "#7a2000", "#9b5e48", "triangle-right"},
    {"kaiming_normal", "#d55e00", "#d55e00", "square"},
    {"default", "#009e73", "#009e73", "diamond"},
    {"orthogonal", "#cc79a7", "#cc79a7", "circle"},
    {"lecun_normal", "#52274f", "#ac3597", "triangle-up"},
    {"lsuv", "#6009d9", "#7036ff", "cross"},
    {"keras", "#91a662", "#b5e554", "triangle-down"},
    {"flax", "#8665f6", "#4955e0", "triangle-left"},
    {"tutorial", "#646567", "#636769", "cross"},
    {"analytic", "#482db3", "#6b55bf", "square"},
    {"mean_field", "#243923", "#2ead3f", "circle"},
    {"critical", "#f9889f", "#fbb7c3", "triangle-up"},
    {"zero_o", "#22cad6", "#29eaf9", "diamond"},
    {"delta_orthogonal", "#a10442", "#ff768f", "triangle-down"},
    {"irnn", "#a7c259", "#baf600", "triangle-right"},
    {"lstm_xavier", "#265680", "#4382bc", "triangle-left"},
    {"lstm_orthogonal", "#8b97ff", "#6681ff", "square"},
};

}  // namespace

const Styles& palette() { return styles; }

Styles styles_of(const std::vector<std::string>& names) {
  Styles result, free = styles;
  for (const std::string& name : names)
    if (std::ranges::find(result, name, &Style::name) == result.end())
      result.push_back({name, "", "", ""});
  for (Style& init : result) {
    const std::string kind = init.name.substr(0, init.name.find(':'));
    const auto own = std::ranges::find(free, kind, &Style::name);
    if (own == free.end()) continue;
    init = {init.name, own->color, own->dark, own->shape};
    free.erase(own);
  }
  if (free.empty()) free = styles;
  auto next = free.rbegin();
  for (Style& init : result) {
    if (!init.color.empty()) continue;
    init = {init.name, next->color, next->dark, next->shape};
    if (++next == free.rend()) next = free.rbegin();
  }
  return result;
}

Styles styles_among(const Styles& all, const std::vector<std::string>& names) {
  Styles result;
  for (const std::string& name : names)
    result.push_back(*std::ranges::find(all, name, &Style::name));
  return result;
}

}  // namespace fanin
