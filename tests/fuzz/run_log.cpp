#include "experiments/run/run_log.hpp"

#include "tests/fuzz/memory_file.hpp"
#include "tests/fuzz/readers.hpp"

namespace fanin::fuzz {

void run_log(std::string_view bytes) {
  const MemoryFile file(bytes);
  (void)read_log(file.path());
  LogTail tail(file.path());
  (void)tail.poll();
}

}  // namespace fanin::fuzz
