#include <string>

#include "framework/data/idx.hpp"
#include "tests/fuzz/memory_file.hpp"
#include "tests/fuzz/readers.hpp"

namespace fanin::fuzz {

// With gzip's magic number in front, without which zlib would take the bytes as they are.
void gzip(std::string_view bytes) {
  const MemoryFile file("\x1f\x8b" + std::string(bytes));
  read_idx(file.path());
}

}  // namespace fanin::fuzz
