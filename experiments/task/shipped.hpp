#pragma once

#include <filesystem>

#include "framework/io/whole_file.hpp"

namespace fanin {

// `experiments/<name>`, there or in share/fanin, in the nearest folder above the program or above
// the working directory that has it. An empty path if no folder has it.
std::filesystem::path find_shipped(const std::filesystem::path& name);

}  // namespace fanin
