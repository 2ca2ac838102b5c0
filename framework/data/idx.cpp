#include "framework/data/idx.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "framework/core/error.hpp"
#include "framework/core/sha256.hpp"

namespace fanin::FANIN_PRECISION {
namespace {

// zlib reads plain files as they are.
class Reader {
 public:
  explicit Reader(const std::filesystem::path& path) : path_(path.string()) {
    // Opening a pipe would wait for a writer.
    const int descriptor = open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (descriptor < 0) throw Error("{}: {}", path_, std::strerror(errno));
    file_.reset(gzdopen(descriptor, "rb"));
    if (!file_) {
      close(descriptor);
      throw std::bad_alloc();
    }
    struct stat file {};
    if (fstat(descriptor, &file) != 0 || !S_ISREG(file.st_mode))
      throw Error(path_ + ": is a folder or a device, not an IDX file");
    size_ = static_cast<std::size_t>(file.st_size);
    gzbuffer(file_.get(), 1 << 18);
  }

  bool is_plain() { return gzdirect(file_.get()) != 0; }
  std::size_t size() const { return size_; }  // as it lies on the disk

  std::size_t read(std::uint8_t* target, std::size_t count) {
    const int got = gzread(file_.get(), target, static_cast<unsigned>(count));
    int code = Z_OK;
    const char* message = gzerror(file_.get(), &code);
    if (got < 0 || (code != Z_OK && code != Z_STREAM_END))
      throw Error("{}: damaged or cut short ({})", path_,
                  code == Z_BUF_ERROR ? "unexpected end of gzip data" : message);
    return static_cast<std::size_t>(got);
  }

 private:
  struct Close {
    void operator()(gzFile_s* file) const { gzclose(file); }
  };
  std::string path_;
  std::unique_ptr<gzFile_s, Close> file_;
  std::size_t size_ = 0;
};

}  // namespace

IdxBytes read_idx(const std::filesystem::path& path) {
  Reader reader(path);
  const auto fail = [&](const std::string& what) { throw Error("{}: {}", path.string(), what); };
  std::uint8_t head[4] = {};
  if (reader.read(head, 4) != 4 || head[0] != 0 || head[1] != 0)
    fail("not an IDX file (it must start with two zero bytes)");
  if (head[2] != 0x08) fail(fmt::format("IDX type 0x{:02x} is not bytes (0x08)", head[2]));
  if (head[3] == 0 || head[3] > 4)
    fail(fmt::format("an IDX file of rank {}; expected 1 to 4", head[3]));
  Sha256 hash;
  hash.update(head, 4);

  IdxBytes result;
  std::size_t count = 1;
  for (int i = 0; i < head[3]; ++i) {
    std::uint8_t extent[4] = {};
    if (reader.read(extent, 4) != 4) fail("cut short within its header");
    hash.update(extent, 4);
    result.shape.push_back(std::size_t{extent[0]} << 24 | std::size_t{extent[1]} << 16 |
                           std::size_t{extent[2]} << 8 | extent[3]);
    if (__builtin_mul_overflow(count, result.shape.back(), &count)) fail("its shape is too large");
  }

  constexpr std::size_t most = std::size_t{1} << 32;
  constexpr std::size_t deflate = 1032;  // bytes that one of gzip can stand for
  const std::size_t size = reader.size(),
                    there = size - std::min(size, 4 + 4 * result.shape.size());
  if (reader.is_plain() && count > there)
    fail(
        fmt::format("cut short: its header promises {} bytes of data, {} are there", count, there));
  if (!reader.is_plain() && count / deflate > size)
    fail(fmt::format(
        "cut short: its header promises {} bytes of data, more than {} bytes of gzip can hold",
        count, size));
  if (count > most) fail(fmt::format("its {} bytes of data are more than 2^32", count));

  // The data grows as bytes come: even now the header may promise more than there is.
  constexpr std::size_t chunk = std::size_t{1} << 22;
  while (result.data.size() < count) {
    const std::size_t done = result.data.size(), want = std::min(chunk, count - done);
    result.data.resize(done + want);
    const std::size_t got = reader.read(result.data.data() + done, want);
    if (got < want)
      fail(fmt::format("cut short: its header promises {} bytes of data, {} are there", count,
                       done + got));
  }
  std::uint8_t extra = 0;
  if (reader.read(&extra, 1) != 0)
    fail(fmt::format("longer than its header says ({} bytes of data)", count));
  hash.update(result.data.data(), result.data.size());
  result.sha256 = hash.hex();
  return result;
}

}  // namespace fanin::FANIN_PRECISION
