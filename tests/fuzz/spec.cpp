#include "experiments/specs/spec.hpp"
#include "framework/core/array.hpp"
#include "tests/fuzz/memory_file.hpp"
#include "tests/fuzz/readers.hpp"

namespace fanin::fuzz {

void spec(std::string_view bytes) {
  const ArrayLimit limit(1 << 18);  // so large models do not take time; mlp has 120,000 numbers
  const MemoryFile file(bytes);
  (void)read_sweep(file.path());
}

}  // namespace fanin::fuzz
