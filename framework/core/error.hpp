#pragma once

#include <exception>
#include <new>
#include <stdexcept>
#include <string>

namespace fanin {

// Everything that fanin throws: one line that names the thing, what was expected and what came.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The system refuses: what is in a file, or whether it is there, stays unknown.
class IoError : public Error {
 public:
  using Error::Error;
};

// Wrong usage of the command line or of a spec; the program ends with exit code 2.
class UsageError : public Error {
 public:
  using Error::Error;
};

inline std::string message_of(const std::exception& error) {
  return dynamic_cast<const std::bad_alloc*>(&error) ? "out of memory" : error.what();
}

}  // namespace fanin
