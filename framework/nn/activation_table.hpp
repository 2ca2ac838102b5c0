#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "framework/nn/layer_table.hpp"

namespace fanin::FANIN_PRECISION {

// What theory needs of an activation, in double. Any two callables make one.
struct PointwiseActivation {
  std::string name;
  std::function<double(double)> value, slope;
  std::vector<double> kinks = {0};  // where the value or its derivatives may jump
};

// All that is known of an activation beside its op. The layer table, the models' `act`, mean-field
// theory, the looks into layers and the benchmarks read it here.
struct ActivationRow {
  std::string name;  // in the text of models and inits; "" if they cannot name it
  LayerRow layer;    // PyTorch's; without `make` only theory knows it
  std::function<PointwiseActivation(const std::vector<Value>& arguments)> curve = {};
  bool dies = false;  // a unit that is 0 for every input passes no gradient
  std::optional<std::array<Real, 2>> bounds = {};  // near them it is flat: it saturates
};

const std::vector<ActivationRow>& activation_table();
const ActivationRow* find_activation(const std::string& layer);  // by its type, or null

bool is_number(const Value& value);
double number_of(const Value& value);  // of a whole number, too

}  // namespace fanin::FANIN_PRECISION
