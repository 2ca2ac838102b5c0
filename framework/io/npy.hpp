#pragma once

#include <filesystem>

#include "framework/core/array.hpp"

namespace fanin::FANIN_PRECISION {

// Reads a NumPy .npy file of float32, float64, integers or booleans, of either memory order, into a
// row-major array. Throws Error naming the file if it is of another kind or cut short.
Array load_npy(const std::filesystem::path& path);

// Writes an array as float32, row-major, by write_file(). Throws Error if that fails.
void save_npy(const std::filesystem::path& path, const Array& array);

}  // namespace fanin::FANIN_PRECISION
