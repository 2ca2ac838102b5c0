#include <filesystem>

#include "framework/core/error.hpp"
#include "framework/io/whole_file.hpp"
#include "tests/fuzz/readers.hpp"
#include "tests/support/catch.hpp"

namespace fanin {
namespace {

namespace fs = std::filesystem;

constexpr std::pair<const char*, void (*)(std::string_view)> readers[] = {
    {"idx", fuzz::idx},
    {"gzip", fuzz::gzip},
    {"npy", fuzz::npy},
    {"safetensors", fuzz::safetensors},
    {"spec", fuzz::spec},
    {"model", fuzz::model},
    {"init_rules", fuzz::init_rules},
    {"command_line", fuzz::command_line},
    {"run_log", fuzz::run_log}};

TEST_CASE("fuzz: every reader accepts each file of its corpus, or refuses it with one line") {
  const fs::path corpus = fs::path(FANIN_SOURCE_DIR) / "tests/fuzz/corpus";
  for (const auto& [name, read] : readers) {
    std::size_t taken = 0, refused = 0;
    for (const auto& file : fs::directory_iterator(corpus / name)) {
      INFO(file.path().string());
      try {
        read(read_file(file.path()));
        ++taken;
      } catch (const Error& error) {
        CHECK_FALSE(std::string(error.what()).empty());
        ++refused;
      }
    }
    INFO(name);
    CHECK(taken > 0);
    CHECK(refused > 0);
  }
}

}  // namespace
}  // namespace fanin
