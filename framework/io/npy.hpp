#pragma once

#include <filesystem>

#include "framework/core/array.hpp"

namespace fanin::FANIN_PRECISION {

// Reads a NumPy .npy file of float32, float64, integers or booleans, of either memory order, into a
// row-major array. Throws Error naming the file for anything else, or one cut short.
Array load_npy(const std::filesystem::path& path);

// Writes an array as float32, row-major, aside and then by rename. Throws Error when it cannot.
void save_npy(const std::filesystem::path& path, const Array& array);

}  // namespace fanin::FANIN_PRECISION
