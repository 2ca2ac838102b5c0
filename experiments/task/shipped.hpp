#pragma once

#include <filesystem>

#include "framework/io/whole_file.hpp"

namespace fanin {

// `experiments/<name>` in the nearest folder above the program or above the working directory that
// has it, there or, installed, in share/fanin; for specs and scripts. An empty path when there is
// none.
std::filesystem::path find_shipped(const std::filesystem::path& name);

}  // namespace fanin
