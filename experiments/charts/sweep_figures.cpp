#include "experiments/charts/sweep_figures.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "experiments/charts/figures.hpp"
#include "experiments/charts/grid.hpp"
#include "experiments/charts/peer.hpp"
#include "experiments/report/tables.hpp"
#include "experiments/task/shipped.hpp"

namespace fanin {
namespace {

std::vector<Curve> curves(const Sweep& sweep, const Records& records) {
  std::vector<Curve> result;
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (!records[i]) continue;
    const Run& run = sweep.runs[i];
    Curve curve{run.init, panel_name(run.axes), run.seed, {}};
    for (const Evaluation& at : records[i]->evaluations)
      curve.points.push_back({at.step, at.train_loss, at.test_loss, at.test_accuracy});
    result.push_back(std::move(curve));
  }
  return result;
}

// How many different units the hidden layers have, by their number, run by run over the steps;
// nothing where most start with weights of their own.
std::vector<UnitsPoint> units_points(const Sweep& sweep, const Records& records) {
  std::vector<UnitsPoint> result;
  bool equal = false;
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (!records[i]) continue;
    for (const LayerSignals& look : records[i]->layers) {
      const std::optional<double> share = distinct_share(look);
      if (!share) continue;
      equal = equal || (look.step == 0 && *share < 0.5);
      result.push_back({sweep.runs[i].init, panel_name(sweep.runs[i].axes), look.step, *share});
    }
  }
  return equal ? result : std::vector<UnitsPoint>();
}

// The layers with weights before training, run by run.
std::vector<LayerPoint> layer_points(const Sweep& sweep, const Records& records) {
  std::vector<LayerPoint> result;
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (!records[i] || records[i]->layers.empty()) continue;
    std::size_t place = 0;
    for (const LayerSignal& layer : records[i]->layers.front().layers)
      if (layer.weighted)
        result.push_back({sweep.runs[i].init, panel_name(sweep.runs[i].axes), ++place, layer.std,
                          layer.expected_std.value_or(std::nan("")), layer.gradient_std});
  }
  return result;
}

// Where each run ended, at its last evaluation.
std::vector<SeedPoint> seed_points(const Sweep& sweep, const Records& records) {
  std::vector<SeedPoint> result;
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (!records[i] || !records[i]->end) continue;
    const Run& run = sweep.runs[i];
    const Outcome which = outcome(*records[i], sweep.target_accuracy);
    if (which == Outcome::failed) continue;
    const Evaluation last = last_evaluation(*records[i]);
    result.push_back({run.init, panel_name(run.axes), run.seed,
                      std::isfinite(last.test_accuracy) ? last.test_accuracy : 0, last.test_loss,
                      outcome_names[static_cast<std::size_t>(which)]});
  }
  return result;
}

// At most `most` of so many places, evenly and with both ends.
std::vector<std::size_t> spread_out(std::size_t count, std::size_t most) {
  std::vector<std::size_t> places;
  const std::size_t n = std::min(count, most);
  for (std::size_t i = 0; i < n; ++i) places.push_back(n > 1 ? i * (count - 1) / (n - 1) : 0);
  return places;
}

// The first, a middle and the last look of the first run of each init and panel, at ten layers with
// weights or fewer.
std::vector<HistogramPoint> histogram_points(const Sweep& sweep, const Records& records) {
  std::vector<HistogramPoint> result;
  std::set<std::pair<std::string, std::string>> seen;
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (!records[i] || records[i]->layers.empty()) continue;
    const Run& run = sweep.runs[i];
    if (!seen.insert({run.init, panel_name(run.axes)}).second) continue;
    const auto& looks = records[i]->layers;
    for (const std::size_t place : spread_out(looks.size(), 3)) {
      std::vector<const LayerSignal*> weighted;
      for (const LayerSignal& layer : looks[place].layers)
        if (layer.weighted) weighted.push_back(&layer);
      for (const std::size_t at : spread_out(weighted.size(), 10))
        result.push_back({run.init, panel_name(run.axes), run.seed, looks[place].step,
                          weighted[at]->path, weighted[at]->outputs, weighted[at]->gradients});
    }
  }
  return result;
}

}  // namespace

std::vector<std::string> inits_of(const Sweep& sweep) {
  std::vector<std::string> names;
  for (const Run& run : sweep.runs)
    if (std::ranges::find(names, run.init) == names.end()) names.push_back(run.init);
  return names;
}

std::vector<SweepFigure> sweep_figures(const Sweep& sweep, const Records& records,
                                       const Styles& styles) {
  const std::string title = sweep_title(sweep);
  const Styles inits = styles_among(styles, inits_of(sweep));
  std::vector<SweepFigure> figures;
  const auto peer = find_shipped("peer/curves.csv");
  figures.push_back(
      {"convergence",
       convergence_figure(title, inits, curves(sweep, records),
                          peer.empty() ? std::vector<Curve>() : pytorch_curves(sweep, peer))});
  if (const auto points = seed_points(sweep, records); !points.empty())
    figures.push_back({"seeds", seeds_figure(title, inits, points)});
  if (const auto points = units_points(sweep, records); !points.empty())
    figures.push_back({"units", units_figure(title, inits, points)});
  if (const auto points = layer_points(sweep, records); !points.empty())
    figures.push_back({"layers", layers_figure(title, inits, points)});
  if (const Grid grid = grid_of(sweep, records); !grid.cells.empty())
    figures.push_back({"phases", heat_maps(title, grid)});
  if (const auto points = histogram_points(sweep, records);
      !points.empty() && points.size() <= most_histograms)
    figures.push_back({"histograms", histograms_figure(title, points)});
  return figures;
}

}  // namespace fanin
