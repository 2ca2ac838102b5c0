#pragma once

#include <stdexcept>

namespace fanin {

// Everything that fanin throws: one line that names the thing, what was expected and what came.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Wrong usage of the command line or of a spec; the program ends with exit code 2.
class UsageError : public Error {
 public:
  using Error::Error;
};

}  // namespace fanin
