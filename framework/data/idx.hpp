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

// Reads an IDX file, plain or gzip, of up to 2^32 bytes. Throws Error naming the file when it is
// missing, no regular file, no IDX file of bytes, cut short, or longer than its header says; what
// gzip unpacks to beyond that is not unpacked.
IdxBytes read_idx(const std::filesystem::path& path);

}  // namespace fanin::FANIN_PRECISION
