#include "framework/data/dataset.hpp"
#include "tests/fuzz/memory_file.hpp"
#include "tests/fuzz/readers.hpp"

namespace fanin::fuzz {

void idx(std::string_view bytes) {
  const MemoryFile file(bytes);
  read_idx(file.path());
}

}  // namespace fanin::fuzz
