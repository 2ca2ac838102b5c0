#include "experiments/task/shipped.hpp"

#include <system_error>

namespace fanin {

std::filesystem::path find_shipped(const std::filesystem::path& name) {
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  for (auto folder : {program.parent_path(), std::filesystem::current_path(error)}) {
    for (;; folder = folder.parent_path()) {
      for (const char* place : {"experiments", "share/fanin/experiments"}) {
        auto path = folder / place / name;
        if (is_there(path)) return path;
      }
      if (folder == folder.parent_path()) break;
    }
  }
  return {};
}

}  // namespace fanin
