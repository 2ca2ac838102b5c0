#include "framework/io/safetensors.hpp"

#include "framework/nn/text.hpp"
#include "tests/fuzz/memory_file.hpp"
#include "tests/fuzz/readers.hpp"

namespace fanin::fuzz {

void safetensors(std::string_view bytes) {
  const MemoryFile file(bytes);
  for (const auto& [name, tensor] : read_safetensors(file.path())) (void)tensor.array();
  load_weights(*parse_model("Sequential(Linear(2, 1), BatchNorm1d(1))"), file.path());
}

}  // namespace fanin::fuzz
