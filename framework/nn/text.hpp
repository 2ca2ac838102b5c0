#pragma once

#include <iosfwd>
#include <memory>
#include <string>

#include "framework/nn/module.hpp"

namespace fanin::FANIN_PRECISION {

// The most numbers that the parameters of a model may have that a text describes: 4 GiB as floats.
constexpr std::size_t most_numbers = std::size_t{1} << 30;

// The model as PyTorch's print(model) shows it.
std::string to_string(const Module& module);
std::ostream& operator<<(std::ostream& stream, const Module& module);

// Builds the model that a text printed by PyTorch (or by to_string) describes, drawing its
// parameters from the generator: a Sequential of known layers, nested or with named children; or
// as one writes it in Python: model = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))  # comments,
// an OrderedDict of named children.
// Throws Error with line and column for any other text, for one that is nested past 100 levels or
// has more than 50,000 layers, and for a model of more than most_numbers.
std::shared_ptr<Module> parse_model(const std::string& text,
                                    Generator& generator = default_generator());

}  // namespace fanin::FANIN_PRECISION
