#pragma once

#include <cerrno>
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
  IoError(const std::string& what, int code) : Error(what), code_(code) {}  // code: of errno
  bool is_shortage() const {                                                // which may pass
    return code_ == EMFILE || code_ == ENFILE || code_ == ENOMEM || code_ == EAGAIN;
  }

 private:
  int code_;
};

// Wrong usage of the command line or of a spec; the program ends with exit code 2.
class UsageError : public Error {
 public:
  using Error::Error;
};

inline bool is_shortage(const std::exception& error) {  // of memory, files or processes
  const auto* io = dynamic_cast<const IoError*>(&error);
  return dynamic_cast<const std::bad_alloc*>(&error) || (io && io->is_shortage());
}

inline std::string message_of(const std::exception& error) {
  return dynamic_cast<const std::bad_alloc*>(&error) ? "out of memory" : error.what();
}

}  // namespace fanin
