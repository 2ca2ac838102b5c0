#include "experiments/record/run_log.hpp"

#include "framework/core/error.hpp"
#include "tests/fuzz/memory_file.hpp"
#include "tests/fuzz/readers.hpp"

namespace fanin::fuzz {

void run_log(std::string_view bytes) {
  const MemoryFile file(bytes);
  for (const auto read :
       {+[](const MemoryFile& log) { (void)read_log_ends(log.path()); },
        +[](const MemoryFile& log) { (void)read_log_checked(log.path()); },
        +[](const MemoryFile& log) { (void)read_log(log.path(), Histograms::without); }}) {
    try {
      read(file);
    } catch (const Error&) {  // the others may take it
    }
  }
  (void)read_log(file.path());
  LogTail tail(file.path());
  (void)tail.poll();
}

}  // namespace fanin::fuzz
