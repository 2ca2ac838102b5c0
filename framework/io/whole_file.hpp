#pragma once

#include <filesystem>
#include <string>

#include "framework/core/array.hpp"

namespace fanin::inline FANIN_PRECISION {

// All bytes of a file; throws Error naming it when it cannot be read.
std::string read_whole(const std::filesystem::path& path);

// Writes aside and renames, so that the file appears whole or not at all; throws Error naming it
// when it cannot be written.
void write_whole(const std::filesystem::path& path, const std::string& bytes);

// An array's numbers as they leave the framework: float32, row-major.
std::string float_bytes(const Array& array);

}  // namespace fanin::inline FANIN_PRECISION
