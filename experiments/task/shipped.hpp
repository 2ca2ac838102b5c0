#pragma once

#include <filesystem>

#include "framework/io/whole_file.hpp"

namespace fanin {

// Finds experiments/<name> or share/fanin/experiments/<name> in the nearest folder above the
// program or above the working directory. Returns an empty path if no folder has it.
std::filesystem::path find_shipped(const std::filesystem::path& name);

}  // namespace fanin
