#include "framework/data/idx.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "framework/core/error.hpp"
#include "framework/core/sha256.hpp"

namespace fanin::inline FANIN_PRECISION {
namespace {

// zlib reads plain files as they are.
class Reader {
 public:
  explicit Reader(const std::filesystem::path& path) : path_(path.string()) {
    // Opening a pipe would wait for a writer.
    if (std::filesystem::exists(path) && !std::filesystem::is_regular_file(path))
      throw Error(path_ + ": is a folder or a device, not an IDX file");
    errno = 0;
    file_.reset(gzopen(path_.c_str(), "rb"));
    if (!file_) throw Error(fmt::format("{}: {}", path_, std::strerror(errno)));
    gzbuffer(file_.get(), 1 << 18);
  }

  std::size_t read(std::uint8_t* target, std::size_t count) {
    const int got = gzread(file_.get(), target, static_cast<unsigned>(count));
    int code = Z_OK;
    const char* message = gzerror(file_.get(), &code);
    if (got < 0 || (code != Z_OK && code != Z_STREAM_END))
      throw Error(fmt::format("{}: damaged or cut short ({})", path_,
                              code == Z_BUF_ERROR ? "unexpected end of gzip data" : message));
    return static_cast<std::size_t>(got);
  }

 private:
  struct Close {
    void operator()(gzFile_s* file) const { gzclose(file); }
  };
  std::string path_;
  std::unique_ptr<gzFile_s, Close> file_;
};

}  // namespace

IdxBytes read_idx(const std::filesystem::path& path) {
  Reader reader(path);
  const auto fail = [&](const std::string& what) {
    throw Error(fmt::format("{}: {}", path.string(), what));
  };
  std::uint8_t head[4] = {};
  if (reader.read(head, 4) != 4 || head[0] != 0 || head[1] != 0)
    fail("not an IDX file (it must start with two zero bytes)");
  if (head[2] != 0x08) fail(fmt::format("IDX type 0x{:02x} is not bytes (0x08)", head[2]));
  if (head[3] == 0 || head[3] > 4) fail(fmt::format("an IDX file of rank {}; 1 to 4 is", head[3]));
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

  // Grown as the bytes come: a header may promise more than there is.
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

}  // namespace fanin::inline FANIN_PRECISION
