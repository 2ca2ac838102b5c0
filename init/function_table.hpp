#pragma once

#include <functional>
#include <string>
#include <vector>

#include "framework/autograd/tensor.hpp"
#include "framework/core/generator.hpp"
#include "init/mean_field.hpp"
#include "init/named_options.hpp"

namespace fanin {

// One of init's functions with its arguments.
struct InitCall {
  std::function<void(const Tensor&, Generator&)> fill;
  std::function<double(const Shape&)> expected_std;  // of the values, about their own mean
  bool random = true;  // false if the values do not come from draws, as eye_'s
};

// An init function by its name, for callers that have only text.
struct InitFunction {
  std::string name, summary;
  std::vector<std::string> arguments;
  std::function<InitCall(const NamedOptions&, const init::PointwiseActivation* behind)> bind;
};

const std::vector<InitFunction>& init_function_table();

// The call that a text such as "kaiming_normal_:mode=fan_out,nonlinearity=relu" names. Throws
// UsageError for an unknown function or argument. `behind` is the activation that act=auto means.
InitCall parse_init_call(const std::string& text,
                         const init::PointwiseActivation* behind = nullptr);

}  // namespace fanin
