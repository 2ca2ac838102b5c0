#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "framework/core/array.hpp"

namespace fanin::FANIN_PRECISION {

// An array of bytes in LeCun's IDX format: magic 00 00 08 rank, big-endian extents, the bytes.
struct IdxBytes {
  Shape shape;
  std::vector<std::uint8_t> data;
  std::string sha256;  // of the file, uncompressed
};

// Reads an IDX file, plain or gzip, of up to 2^32 bytes, and unpacks no more than its header
// promises. Throws Error naming a file that is missing, of another kind, too short or too long.
IdxBytes read_idx(const std::filesystem::path& path);

}  // namespace fanin::FANIN_PRECISION
