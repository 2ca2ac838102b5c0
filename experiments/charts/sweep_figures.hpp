// The figures of a sweep, from what its logs say: Vega-Lite specs. One spec serves the report's
// page and, through Node, the SVG file.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "experiments/charts/figure_style.hpp"
#include "experiments/report/results.hpp"

namespace fanin {

struct SweepFigure {
  std::string name;  // of its file in figures/
  nlohmann::json spec;
};

std::vector<std::string> figure_names();                // of all that a sweep may have
std::vector<std::string> inits_of(const Sweep& sweep);  // each once, in the sweep's order

// Those that the results have something for. The styles are those of all inits that the reader sees
// together, of the sweep's at least. Throws Error for a bad table of PyTorch's curves.
std::vector<SweepFigure> sweep_figures(const Results& results, const Styles& styles);

// Writes the spec beside the SVG, as .vl.json, and has Node draw it with the script, render.mjs.
// Throws std::runtime_error if a file cannot be written, or if node is missing or fails.
void write_figure(const nlohmann::json& spec, const std::filesystem::path& script,
                  const std::filesystem::path& svg);

}  // namespace fanin
