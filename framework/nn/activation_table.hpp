#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "framework/nn/layer_table.hpp"

namespace fanin::FANIN_PRECISION {

// What theory needs of an activation, in double. You may make one from any value and slope.
struct PointwiseActivation {
  std::string name;
  std::function<double(double)> value, slope;
  std::vector<double> kinks = {0};  // where the value or its derivatives may jump
};

// All that is known about an activation except its op. The layer table, the models' `act`,
// mean-field theory, the diagnostics of layers and the benchmarks read it from here.
struct ActivationRow {
  std::string name;  // in texts of models and inits; "" if it has no name there
  LayerRow layer;    // PyTorch's layer; if `make` is empty, only theory uses the row
  std::function<PointwiseActivation(const std::vector<Value>& arguments)> curve = {};
  bool dies = false;  // a unit that is 0 for every input has no gradient
  std::optional<std::array<Real, 2>> bounds = {};  // lowest and highest output, if it saturates
};

const std::vector<ActivationRow>& activation_table();
const ActivationRow* find_activation(const std::string& layer);  // by the layer's type, or null

bool is_number(const Value& value);
double number_of(const Value& value);  // also of a whole number

}  // namespace fanin::FANIN_PRECISION
