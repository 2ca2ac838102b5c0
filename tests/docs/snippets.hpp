#pragma once

// The beginning of the test program for the code in Markdown files. snippets.awk writes the rest.
#include <iomanip>
#include <iostream>
#include <sstream>

#include "init/fanin.hpp"
#include "tests/support/catch.hpp"

namespace fanin {

// Captures std::cout, in its default format, for as long as the object lives.
class Printed {
 public:
  Printed() : before_(std::cout.rdbuf(text_.rdbuf())) { format_.copyfmt(std::cout); }
  ~Printed() {
    std::cout.rdbuf(before_);
    std::cout.copyfmt(format_);
  }
  Printed(const Printed&) = delete;
  Printed& operator=(const Printed&) = delete;
  std::string text() const { return text_.str(); }

 private:
  std::ostringstream text_;
  std::ios format_{nullptr};
  std::streambuf* before_;
};

}  // namespace fanin
