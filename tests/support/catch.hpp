#pragma once

// All tests include Catch2 through this file, because versions 2 and 3 have different headers and
// names. The tests use the names of version 3.
#if __has_include(<catch2/catch_test_macros.hpp>)

#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

namespace fanin {
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;
}  // namespace fanin

#else

#include <catch2/catch.hpp>
#include <string>

namespace fanin {
inline auto ContainsSubstring(const std::string& text) { return Catch::Matchers::Contains(text); }
}  // namespace fanin

#endif

#include <cstdlib>

namespace fanin {
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;

// Tests use the data of the installed packages, even if the user's shell names another folder.
inline const int forgotten_data_folder = unsetenv("FANIN_DATA");
}  // namespace fanin
