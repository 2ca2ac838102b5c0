#include "framework/io/npy.hpp"
#include "tests/fuzz/memory_file.hpp"
#include "tests/fuzz/readers.hpp"

namespace fanin::fuzz {

void npy(std::string_view bytes) {
  const MemoryFile file(bytes);
  (void)load_npy(file.path()).to_vector();
}

}  // namespace fanin::fuzz
