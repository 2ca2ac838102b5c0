#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "framework/core/array.hpp"

namespace fanin::FANIN_PRECISION {

// How the error ends when somebody else holds a growing file.
inline constexpr const char* being_written = "another process is writing it";

// A file that grows under a name of its own and gets its real name only when it is whole.
class OutputFile {
 public:
  // Makes the parent folders, follows a symbolic link, and opens path + suffix, with what it holds.
  // Throws Error if that fails, if `path` exists and is no regular file (nothing may rename over a
  // device), or if another process is writing it.
  OutputFile(std::filesystem::path path, const std::string& suffix);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  void keep(std::size_t bytes);  // those from its start alone; writing goes on behind them
  void write(std::string_view text);
  // To the disk. Throws Error if the file was removed or another took its place.
  void sync();
  void commit();   // sync(), then to its name; nothing may follow
  void discard();  // removes it; nothing may follow
  const std::filesystem::path& growing() const { return growing_; }

 private:
  void open_and_lock();
  void flush();

  std::filesystem::path path_, growing_;
  int descriptor_ = -1;
  bool name_is_on_disk_ = false;
};

// Who holds a growing file open, as "process 123" or, if the system does not tell, "another
// process"; "" if nobody does.
std::string writer_of(const std::filesystem::path& growing);

// Whether there is anything of that name, or a regular file; false if that stays unknown.
bool is_there(const std::filesystem::path& path);
bool is_file(const std::filesystem::path& path);

// All bytes of a file; throws Error naming it when it cannot be read, is no regular file (a pipe
// would keep us waiting, a device may have no end) or has more than `most` bytes.
std::string read_file(const std::filesystem::path& path, std::size_t most = std::size_t{1} << 33);

// Writes aside and renames, so that a file appears whole or not at all; throws Error naming it.
void write_file(const std::filesystem::path& path, std::string_view bytes);

// Copies aside and renames, for a source that stays until flush_copies(): thousands of copies go
// to the disk at once. Throws Error naming the file that cannot be read or written.
void copy_whole(const std::filesystem::path& from, const std::filesystem::path& to);
void flush_copies(const std::filesystem::path& folder);

// Throws as writing the file would, and leaves what is there as it is.
void check_writable(const std::filesystem::path& path);

// An array's numbers as they leave the framework: float32, row-major.
std::string float_bytes(const Array& array);

}  // namespace fanin::FANIN_PRECISION
