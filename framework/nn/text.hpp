#pragma once

#include <iosfwd>
#include <memory>
#include <string>

#include "framework/nn/module.hpp"

namespace fanin::FANIN_PRECISION {

// A model that a text describes may have at most this many parameters: 4 GiB as floats.
constexpr std::size_t most_numbers = std::size_t{1} << 30;

// The model as PyTorch's print(model) shows it.
std::string to_string(const Module& module);
std::ostream& operator<<(std::ostream& stream, const Module& module);

// Builds the model that a text describes, and draws its parameters from the generator. The text is
// a Sequential of known layers, nested or with named children, as PyTorch or to_string() prints it;
// or Python code such as model = nn.Sequential(nn.Flatten(), nn.Linear(784, 10)), also with
// comments or an OrderedDict. Throws Error with line and column for any other text, for over 100
// nested levels or over 50,000 layers, and for a model of more than most_numbers.
std::shared_ptr<Module> parse_model(const std::string& text,
                                    Generator& generator = default_generator());

}  // namespace fanin::FANIN_PRECISION
