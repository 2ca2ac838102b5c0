#include <string>

#include "framework/data/dataset.hpp"
#include "tests/fuzz/memory_file.hpp"
#include "tests/fuzz/readers.hpp"

namespace fanin::fuzz {

// Puts gzip's magic number in front. Without it, zlib would read the bytes as uncompressed data.
void gzip(std::string_view bytes) {
  const MemoryFile file("\x1f\x8b" + std::string(bytes));
  read_idx(file.path());
}

}  // namespace fanin::fuzz
