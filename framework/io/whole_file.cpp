#include "framework/io/whole_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <random>
#include <sstream>
#include <thread>
#include <utility>
#include <vector>

#include "framework/core/error.hpp"

namespace fanin::FANIN_PRECISION {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const char* what, const fs::path& path) {
  const int code = errno;
  throw IoError(fmt::format("cannot {} {}: {}", what, path.string(), std::strerror(code)), code);
}

fs::path folder_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : ".";
}

// Closes what it opened, if it could.
struct Descriptor {
  Descriptor(const fs::path& path, int flags) : number(open(path.c_str(), flags | O_CLOEXEC)) {}
  ~Descriptor() {
    if (number >= 0) close(number);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  const int number;
};

void sync_folder(const fs::path& folder) {
  const Descriptor opened(folder, O_RDONLY | O_DIRECTORY);
  // Without this the rename still stands; only a power failure may lose it.
  if (opened.number >= 0) fsync(opened.number);
}

// Whether the open file still bears the name: its holder may have renamed it meanwhile.
bool still_named(int descriptor, const fs::path& path) {
  struct stat open_file {
  }, named{};
  return fstat(descriptor, &open_file) == 0 && stat(path.c_str(), &named) == 0 &&
         open_file.st_ino == named.st_ino && open_file.st_dev == named.st_dev;
}

// Two programs may write the same file, on two machines that share a disk.
std::string aside() {
  std::random_device random;
  return fmt::format(".{:08x}{:08x}.tmp", random(), random());
}

}  // namespace

OutputFile::OutputFile(fs::path path, const std::string& suffix) : path_(std::move(path)) {
  std::error_code error;
  if (fs::is_symlink(path_, error)) path_ = fs::weakly_canonical(path_, error);
  if (fs::exists(path_, error) && !fs::is_regular_file(path_, error))
    throw Error("cannot write {}: it is not a regular file", path_.string());
  if (path_.has_parent_path()) {
    fs::create_directories(path_.parent_path(), error);
    if (error)
      throw Error("cannot make folder {}: {}", path_.parent_path().string(), error.message());
  }
  growing_ = path_;
  growing_ += suffix;
  open_and_lock();
}

void OutputFile::open_and_lock() {
  for (;;) {
    descriptor_ =
        open(growing_.c_str(), O_WRONLY | O_CREAT | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0666);
    if (descriptor_ < 0) fail("write", growing_);
    bool locked = false;
    for (int patience = 10; !locked && patience > 0; --patience) {  // writer_of() may be looking
      locked = flock(descriptor_, LOCK_EX | LOCK_NB) == 0;
      if (!locked && errno != EWOULDBLOCK && errno != EINTR) {
        const int why = errno;
        if (lseek(descriptor_, 0, SEEK_END) == 0) unlink(growing_.c_str());
        close(std::exchange(descriptor_, -1));
        errno = why;
        fail("lock", growing_);
      }
      if (!locked) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    if (locked && still_named(descriptor_, growing_)) break;
    close(std::exchange(descriptor_, -1));
    if (!locked) throw Error("cannot write {}: {}", growing_.string(), being_written);
  }
}

OutputFile::~OutputFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

void OutputFile::write(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor_, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("write", growing_);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

void OutputFile::keep(std::size_t bytes) {
  const auto end = static_cast<off_t>(bytes);
  if (ftruncate(descriptor_, end) != 0 || lseek(descriptor_, end, SEEK_SET) != end)
    fail("write", growing_);
}

void OutputFile::flush() {
  if (fsync(descriptor_) != 0) fail("write", growing_);
  if (!still_named(descriptor_, growing_))  // a rename would take what is there now for this file
    throw Error("cannot write {}: it was removed while it was being written", growing_.string());
}

void OutputFile::sync() {
  flush();
  if (!std::exchange(name_is_on_disk_, true)) sync_folder(folder_of(growing_));
}

void OutputFile::commit(bool to_disk) {
  if (to_disk) flush();
  if (rename(growing_.c_str(), path_.c_str()) != 0) fail("write", path_);
  if (close(std::exchange(descriptor_, -1)) != 0) fail("write", path_);
  if (to_disk) sync_folder(folder_of(path_));
}

void OutputFile::discard() {
  if (still_named(descriptor_, growing_)) unlink(growing_.c_str());
  close(std::exchange(descriptor_, -1));
}

bool is_there(const fs::path& path) {
  std::error_code unknown;
  return fs::exists(path, unknown);
}

bool is_file(const fs::path& path) {
  std::error_code unknown;
  return fs::is_regular_file(path, unknown);
}

std::string writer_of(const fs::path& growing) {
  const int descriptor = open(growing.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (descriptor < 0) return "";
  const bool is_free = flock(descriptor, LOCK_SH | LOCK_NB) == 0 || errno != EWOULDBLOCK;
  struct stat file {};
  fstat(descriptor, &file);
  close(descriptor);
  if (is_free) return "";
  std::ifstream locks("/proc/locks");  // "1: FLOCK  ADVISORY  WRITE 123 fe:00:456 0 EOF"
  for (std::string line; std::getline(locks, line);) {
    std::istringstream words(line);
    std::string number, kind, way, access, process, place;
    words >> number >> kind >> way >> access >> process >> place;
    if (access == "WRITE" && place.ends_with(fmt::format(":{}", file.st_ino)))
      return "process " + process;
  }
  return "another process";
}

std::string read_file(const fs::path& path, std::size_t most) {
  // Opening a pipe would wait for a writer.
  const Descriptor opened(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  struct stat file {};
  if (opened.number < 0 || fstat(opened.number, &file) != 0) fail("read", path);
  if (!S_ISREG(file.st_mode))
    throw Error("cannot read {}: it is {}", path.string(),
                S_ISDIR(file.st_mode) ? "a folder" : "not a regular file");
  // The file may grow meanwhile, and /proc says of all of its own that their size is 0.
  auto size = static_cast<std::size_t>(file.st_size);
  std::string bytes;
  for (std::size_t done = 0;; size = done) {
    if (size > most)
      throw Error("cannot read {}: it has {} bytes or more, and {} is the most", path.string(),
                  size, most);
    if (done >= bytes.size()) bytes.resize(std::max(size + 1, 2 * done));  // 1 to see its end
    const ssize_t n = read(opened.number, bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno != EINTR) fail("read", path);
    if (n == 0) {
      bytes.resize(done);
      return bytes;
    }
    done += n < 0 ? 0 : static_cast<std::size_t>(n);
  }
}

void write_file(const fs::path& path, std::string_view bytes, bool to_disk) {
  OutputFile file(path, aside());
  try {
    file.write(bytes);
    file.commit(to_disk);
  } catch (...) {
    unlink(file.growing().c_str());
    throw;
  }
}

void flush_folder(const fs::path& folder) {
  const Descriptor opened(folder, O_RDONLY | O_DIRECTORY);
  if (opened.number < 0 || syncfs(opened.number) != 0) fail("write", folder);
}

void check_writable(const fs::path& path) {
  const OutputFile probe(path, aside());
  unlink(probe.growing().c_str());
}

std::string float_bytes(const Array& array) {
  const Array plain = array.row_major();
  const std::vector<float> numbers(plain.begin(), plain.end());
  return {reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(float)};
}

}  // namespace fanin::FANIN_PRECISION
