#pragma once

#include <map>
#include <regex>
#include <string>

#include "tests/support/arrays.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/tally.hpp"

// What the comparisons with PyTorch's recorded tensors share.
namespace fanin {

constexpr double tolerance = 2e-5;  // relative to the largest number in the tensor

inline void compare(const std::string& what, const Array& got, const Array& want,
                    double allowed = tolerance) {
  INFO(what << "\ngot      " << to_string(got) << "\nexpected " << to_string(want));
  CHECK(gap(got, want) < allowed);
  Tally::compared(same_bits(got, want), gap(got, want) * (tolerance / allowed), tolerance);
}

// Parses "Adam(lr=0.1, betas=(0.8, 0.95))" to {{"lr", "0.1"}, {"betas", "(0.8, 0.95)"}}.
inline std::map<std::string, std::string> arguments(const std::string& call) {
  std::map<std::string, std::string> result;
  const std::regex pattern(R"((\w+)=(\([^)]*\)|[^,)]+))");
  for (std::sregex_iterator at(call.begin(), call.end(), pattern), end; at != end; ++at)
    result[(*at)[1]] = (*at)[2];
  return result;
}

}  // namespace fanin
