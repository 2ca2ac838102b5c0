#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "framework/core/array.hpp"

namespace fanin::FANIN_PRECISION {

// How OutputFile's error ends if another process is writing the same file.
inline constexpr const char* being_written = "another process is writing it";

// A file that grows under a name of its own and gets its real name only when it is whole.
class OutputFile {
 public:
  // Makes the parent folders, follows a symbolic link, and opens the growing file, path + suffix,
  // keeping its content. Throws Error if that fails, if `path` exists and is no regular file
  // (nothing may rename over a device), or if another process is writing it.
  OutputFile(std::filesystem::path path, const std::string& suffix);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  void keep(std::size_t bytes);  // cuts the file to its first bytes; writing continues after them
  void write(std::string_view text);
  // Flushes to the disk. Throws Error if the file was removed or another took its place.
  void sync();
  // These two end the writing. commit() gives the file its real name, after a sync() if `to_disk`.
  void commit(bool to_disk = true);
  void discard();  // removes the file
  const std::filesystem::path& growing() const { return growing_; }

 private:
  void open_and_lock();
  void flush();

  std::filesystem::path path_, growing_;
  int descriptor_ = -1;
  bool name_is_on_disk_ = false;
};

// Who holds a growing file open: "process 123", or "another process" if the system does not tell;
// "" if nobody does.
std::string writer_of(const std::filesystem::path& growing);

// Whether the path exists, and whether it is a regular file; false if the system does not tell.
bool is_there(const std::filesystem::path& path);
bool is_file(const std::filesystem::path& path);

// All bytes of a file. Throws Error naming it if it cannot be read, is no regular file (a pipe
// would keep us waiting, a device may have no end) or has more than `most` bytes.
std::string read_file(const std::filesystem::path& path, std::size_t most = std::size_t{1} << 33);

// Writes a temporary file and renames it, so that the file appears whole or not at all. Throws
// Error naming it. After thousands of files without `to_disk`, call flush_folder() once.
void write_file(const std::filesystem::path& path, std::string_view bytes, bool to_disk = true);
void flush_folder(const std::filesystem::path& folder);

// Throws as writing the file would, and leaves an existing file as it is.
void check_writable(const std::filesystem::path& path);

// An array's numbers as the framework's files hold them: float32, row-major.
std::string float_bytes(const Array& array);

}  // namespace fanin::FANIN_PRECISION
