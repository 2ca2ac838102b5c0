#include "experiments/files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "framework/core/error.hpp"

namespace fanin {
namespace {

[[noreturn]] void fail(const char* what, const std::filesystem::path& path) {
  throw Error(fmt::format("cannot {} {}: {}", what, path.string(), std::strerror(errno)));
}

void sync_folder(const std::filesystem::path& folder) {
  const int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;  // the rename stands; it may be lost only with the power
  fsync(descriptor);
  close(descriptor);
}

}  // namespace

OutputFile::OutputFile(std::filesystem::path path, std::filesystem::path growing)
    : path_(std::move(path)), growing_(std::move(growing)) {
  if (path_.has_parent_path()) {
    std::error_code error;
    std::filesystem::create_directories(path_.parent_path(), error);
    if (error)
      throw Error(
          fmt::format("cannot make folder {}: {}", path_.parent_path().string(), error.message()));
  }
  descriptor_ = open(growing_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor_ < 0) fail("write", growing_);
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

void OutputFile::commit() {
  if (fsync(descriptor_) != 0) fail("write", growing_);
  if (close(std::exchange(descriptor_, -1)) != 0) fail("write", growing_);
  if (rename(growing_.c_str(), path_.c_str()) != 0) fail("write", path_);
  sync_folder(path_.has_parent_path() ? path_.parent_path() : ".");
}

std::string read_file(const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error))
    throw Error(fmt::format("cannot read {}: it is a folder", path.string()));
  std::ifstream file(path, std::ios::binary);
  if (!file) fail("read", path);
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (file.bad()) fail("read", path);
  return text;
}

void write_file(const std::filesystem::path& path, std::string_view text) {
  std::filesystem::path growing = path;
  growing += fmt::format(".{}.tmp", getpid());  // two programs may write the same file
  try {
    OutputFile file(path, growing);
    file.write(text);
    file.commit();
  } catch (...) {
    unlink(growing.c_str());
    throw;
  }
}

std::filesystem::path find_shipped(const std::filesystem::path& name) {
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  for (auto folder : {program.parent_path(), std::filesystem::current_path(error)}) {
    for (;; folder = folder.parent_path()) {
      auto path = folder / "experiments" / name;
      if (std::filesystem::exists(path, error)) return path;
      if (folder == folder.parent_path()) break;
    }
  }
  return {};
}

}  // namespace fanin
