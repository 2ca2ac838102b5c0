#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace fanin {

// A file that grows under a name of its own and gets its real name only when it is whole.
class OutputFile {
 public:
  // Makes the parent folders and opens `growing`, emptying it if it exists.
  OutputFile(std::filesystem::path path, std::filesystem::path growing);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  void write(std::string_view text);
  void commit();  // to the disk, then to its name; nothing may follow

 private:
  std::filesystem::path path_, growing_;
  int descriptor_ = -1;
};

// The whole file; throws Error when it cannot be read.
std::string read_file(const std::filesystem::path& path);

// Writes the file aside and renames it: it appears whole or not at all.
void write_file(const std::filesystem::path& path, std::string_view text);

// `experiments/<name>` in the nearest folder above the program or above the working directory that
// has it, for specs and scripts; an empty path when there is none.
std::filesystem::path find_shipped(const std::filesystem::path& name);

}  // namespace fanin
