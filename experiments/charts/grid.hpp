// Accuracies over a grid of numbers, as heat maps.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "experiments/report/outcomes.hpp"
#include "experiments/report/records.hpp"

namespace fanin {

// The median accuracy of an init's seeds at a place, and the depth to which theory lets signals
// reach there, not a number where it has no word.
struct GridCell {
  std::string init, x, y;
  double accuracy, reach;
};

// Two axes with their values, numbers upwards; a map each for several inits, unless they are an
// axis themselves.
struct Grid {
  std::string x, y;
  std::vector<std::string> xs, ys, inits;
  std::vector<GridCell> cells;
};

// What a sweep has over two of its axes, or over one and its inits or the one option in which its
// inits differ: 3 by 2 places or more, numbers along one side; no cells of any other sweep.
Grid grid_of(const Sweep& sweep, const Records& records);

// The maps, with the reach over one whose y axis is the depth.
nlohmann::json heat_maps(const std::string& title, const Grid& grid);

}  // namespace fanin
