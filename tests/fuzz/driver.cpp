#include <cstddef>
#include <cstdint>

#include "framework/core/error.hpp"
#include "tests/fuzz/readers.hpp"

// The entry point of libFuzzer, for the reader that the macro FANIN_READER names.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    fanin::fuzz::FANIN_READER({reinterpret_cast<const char*>(data), size});
  } catch (const fanin::Error&) {
  }
  return 0;
}
