#pragma once

// What the test program of the snippets in Markdown files begins with; snippets.awk makes the rest.
#include <iomanip>
#include <iostream>
#include <sstream>

#include "init/fanin.hpp"
#include "tests/support/catch.hpp"

namespace fanin {

// Takes what goes to std::cout, in its usual format, while it lives.
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
