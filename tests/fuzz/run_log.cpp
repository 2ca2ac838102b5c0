#include "experiments/record/run_log.hpp"

#include "framework/core/error.hpp"
#include "tests/fuzz/memory_file.hpp"
#include "tests/fuzz/readers.hpp"

namespace fanin::fuzz {

void run_log(std::string_view bytes) {
  const MemoryFile file(bytes);
  for (const Depth depth : {Depth::ends, Depth::sealed, Depth::curves}) {
    try {
      (void)read_log(file.path(), depth);
    } catch (const Error&) {  // the other depths may accept it
    }
  }
  (void)read_log(file.path());
  LogTail tail(file.path());
  (void)tail.poll();
}

}  // namespace fanin::fuzz
