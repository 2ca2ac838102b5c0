#pragma once

#include <iosfwd>
#include <memory>
#include <string>

#include "framework/nn/module.hpp"

namespace fanin::inline FANIN_PRECISION {

// The model as PyTorch's print(model) shows it.
std::string to_string(const Module& module);
std::ostream& operator<<(std::ostream& stream, const Module& module);

// Builds the model that a text printed by PyTorch (or by to_string) describes, drawing its
// parameters from the generator: a Sequential of known layers, nested or with named children; or
// as one writes it in Python: model = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))  # comments,
// an OrderedDict of named children.
// Throws Error with line and column for any other text.
std::shared_ptr<Module> parse_model(const std::string& text,
                                    Generator& generator = default_generator());

}  // namespace fanin::inline FANIN_PRECISION
