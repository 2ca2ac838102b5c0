#include "experiments/charts/sweep_figures.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "experiments/charts/end_figures.hpp"
#include "experiments/charts/layer_figures.hpp"
#include "experiments/charts/step_figures.hpp"
#include "experiments/task/shipped.hpp"

namespace fanin {
namespace {

// A figure's name, that of its template too, and its Vega-Lite; null if a sweep has nothing for it.
struct Figure {
  const char* name;
  nlohmann::json (*make)(const Results& results, const Styles& inits);
};

constexpr std::array figure_table = {
    Figure{"convergence",
           [](const Results& results, const Styles& inits) {
             return convergence_figure(results, inits, find_shipped("peer/curves.csv"));
           }},
    Figure{"seeds", seeds_figure},
    Figure{"units", units_figure},
    Figure{"layers", layers_figure},
    Figure{"phases", phases_figure},
    Figure{"histograms", histograms_figure},
};

}  // namespace

std::vector<std::string> inits_of(const Sweep& sweep) {
  std::vector<std::string> names;
  for (const Run& run : sweep.runs)
    if (std::ranges::find(names, run.init) == names.end()) names.push_back(run.init);
  return names;
}

std::vector<std::string> figure_names() {
  std::vector<std::string> names;
  for (const Figure& figure : figure_table) names.emplace_back(figure.name);
  return names;
}

std::vector<SweepFigure> sweep_figures(const Results& results, const Styles& inits) {
  std::vector<SweepFigure> figures;
  for (const Figure& figure : figure_table)
    if (nlohmann::json spec = figure.make(results, inits); !spec.is_null())
      figures.push_back({figure.name, std::move(spec)});
  return figures;
}

}  // namespace fanin
