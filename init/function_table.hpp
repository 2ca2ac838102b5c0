#pragma once

#include <functional>
#include <string>
#include <vector>

#include "framework/autograd/tensor.hpp"
#include "framework/core/generator.hpp"
#include "init/named_options.hpp"

namespace fanin {

// One of init's functions by its name, for callers that have only text.
struct InitFunction {
  std::string name, summary;
  std::vector<std::string> arguments;
  std::function<void(const Tensor&, const NamedOptions&, Generator&)> fill;
};

const std::vector<InitFunction>& init_function_table();

// Fills the tensor as `call` says, such as "kaiming_normal_:mode=fan_out,nonlinearity=relu".
// Throws UsageError for an unknown function or argument, Error as the function itself does.
void call_init_function(const std::string& call, const Tensor& tensor, Generator& generator);

}  // namespace fanin
