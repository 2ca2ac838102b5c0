#pragma once

#include <fmt/format.h>

#include <cerrno>
#include <exception>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>

namespace fanin {

// All that fanin throws: one line that says what is wrong, what was expected and what came.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
  // Takes a format and its values, as fmt::format does.
  template <class First, class... More>
  Error(fmt::format_string<First, More...> format, First&& first, More&&... more)
      : runtime_error(
            fmt::format(format, std::forward<First>(first), std::forward<More>(more)...)) {}
};

// The system refused to read or write a file, so what the file holds stays unknown.
class IoError : public Error {
 public:
  IoError(const std::string& what, int of_errno) : Error(what), code(of_errno) {}
  int code;
};

// A wrong command line or spec; the program ends with exit code 2.
class UsageError : public Error {
 public:
  using Error::Error;
};

// Whether memory, files or processes were short, so that trying again may help.
inline bool is_shortage(const std::exception& error) {
  if (dynamic_cast<const std::bad_alloc*>(&error)) return true;
  const auto* io = dynamic_cast<const IoError*>(&error);
  return io &&
         (io->code == EMFILE || io->code == ENFILE || io->code == ENOMEM || io->code == EAGAIN);
}

inline std::string message_of(const std::exception& error) {
  return dynamic_cast<const std::bad_alloc*>(&error) ? "out of memory" : error.what();
}

}  // namespace fanin
