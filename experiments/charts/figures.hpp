// Figures of an experiment, as Vega-Lite specs: one spec serves the report's page and, through
// Node, the SVG file. The inits come with their styles, in the order in which they are shown: more
// than have points, where a sweep has not come to all of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "experiments/charts/figure_style.hpp"
#include "experiments/look/layer_signal.hpp"

namespace fanin {

// One evaluation of a run. Losses are in nats, accuracies in [0, 1]; NaN where absent.
struct CurvePoint {
  std::size_t step;
  double train_loss, test_loss, test_accuracy;
};

// One run of a sweep. The panel names its place on the sweep's axes ("depth=10"), empty without
// axes.
struct Curve {
  std::string init;
  std::string panel;
  std::uint64_t seed;
  std::vector<CurvePoint> points;
};

// A spec with inline data: a row per panel, test loss beside test accuracy over the training steps,
// and per init the median over the seeds within a band between the quartiles. PyTorch's curves of
// some of the runs are dashed.
nlohmann::json convergence_figure(const std::string& title, const Styles& inits,
                                  const std::vector<Curve>& curves,
                                  const std::vector<Curve>& pytorch = {});

// What a layer with weights gave before training, in one run; its place among them, from 1.
struct LayerPoint {
  std::string init, panel;
  std::size_t place;
  double std, expected_std, gradient_std;  // not a number where unknown
};

// A row per panel, the std of the layers' outputs beside that of the gradients there, over the
// layers: medians over the seeds, and theory's word as a dashed line. Panels whose layers are all
// alike (those of different learning rates, say) share a row.
nlohmann::json layers_figure(const std::string& title, const Styles& inits,
                             const std::vector<LayerPoint>& points);

// How many different units the hidden layers had, by their number, at a step of a run; in [0, 1].
struct UnitsPoint {
  std::string init, panel;
  std::size_t step;
  double share;
};

// A row per panel: the share over the steps, medians over the seeds.
nlohmann::json units_figure(const std::string& title, const Styles& inits,
                            const std::vector<UnitsPoint>& points);

// Where a run ended.
struct SeedPoint {
  std::string init, panel;
  std::uint64_t seed;
  double accuracy, loss;  // of the test images: in [0, 1]; in nats
  std::string outcome;
};

// A row per panel: a line of dots for each init, one for each seed, and a tick at their median.
nlohmann::json seeds_figure(const std::string& title, const Styles& inits,
                            const std::vector<SeedPoint>& points);

// What a layer of a run gave after so many steps, and the gradients there.
struct HistogramPoint {
  std::string init, panel;
  std::uint64_t seed;
  std::size_t step;
  std::string layer;
  Histogram outputs, gradients;
};

// A row per panel and init: for each step the layers' outputs beside the gradients there, each
// layer's numbers in units of its largest, the shares of a layer's bins as shades.
nlohmann::json histograms_figure(const std::string& title,
                                 const std::vector<HistogramPoint>& points);

// Writes the spec beside the SVG, as .vl.json, and has Node draw it with the script, render.mjs.
// Throws std::runtime_error when a file cannot be written, or when node is missing or fails.
void write_figure(const nlohmann::json& spec, const std::filesystem::path& script,
                  const std::filesystem::path& svg);

}  // namespace fanin
