#include "framework/io/npy.hpp"

#include <fstream>

#include "framework/core/error.hpp"
#include "tests/experiments/temp_folder.hpp"
#include "tests/support/arrays.hpp"
#include "tests/support/catch.hpp"

namespace fanin {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

fs::path write(const fs::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

// A file as numpy.save writes it, in the given version of the format.
template <class T>
std::string npy(const std::string& descr, const std::string& rest, const std::vector<T>& numbers,
                char version = 1) {
  const std::string header = "{'descr': '" + descr + "', " + rest + ", }\n";
  std::string bytes = "\x93NUMPY" + std::string{version, 0};
  bytes += static_cast<char>(header.size());
  bytes.append(version == 1 ? 1 : 3, '\0');
  bytes += header;
  return bytes.append(reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(T));
}

const std::string row_major = "'fortran_order': False, 'shape': (2, 3)";

TEST_CASE("npy: arrays in any layout are written row-major and read back bit for bit") {
  const TempFolder folder;
  const fs::path path = folder / "a.npy";
  std::mt19937 random(1);
  for (const Shape& shape : {Shape{}, Shape{0}, Shape{7}, Shape{3, 4}, Shape{2, 3, 4, 5}})
    for (std::size_t lane = 0; lane < std::max<std::size_t>(shape.size(), 1); ++lane) {
      const Array x = random_array(random, shape, lane);
      save_npy(path, x);
      const Array y = load_npy(path);
      CHECK(y.is_row_major());
      CHECK(same_bits(x, y));
      const std::string bytes = read(path);
      CHECK((bytes.size() - x.size() * sizeof(float)) % 64 == 0);
    }
  CHECK_FALSE(fs::exists(folder / "a.npy.part"));
}

TEST_CASE("npy: every type, version and order that NumPy writes is read") {
  const TempFolder folder;
  const auto load = [&](const std::string& bytes) {
    return load_npy(write(folder / "a.npy", bytes)).to_vector();
  };
  const std::vector<Real> want{0, 1, 2, 3, 4, 5};
  const auto check = [&]<class T>(const char* descr, T) {
    const std::vector<T> numbers{0, 1, 2, 3, 4, 5};
    CHECK(load(npy(descr, row_major, numbers)) == want);
    CHECK(load(npy(descr, row_major, numbers, 2)) == want);
  };
  check("<f4", float());
  check("<f8", double());
  check("<i8", std::int64_t());
  check("<i4", std::int32_t());
  check("<i2", std::int16_t());
  check("|i1", std::int8_t());
  check("<u8", std::uint64_t());
  check("<u4", std::uint32_t());
  check("<u2", std::uint16_t());
  check("|u1", std::uint8_t());
  CHECK(load(npy<std::int64_t>("<i8", row_major, {-1, 1, -2, 2, -3, 3})) ==
        std::vector<Real>{-1, 1, -2, 2, -3, 3});
  CHECK(load(npy<char>("|b1", row_major, {0, 1, 1, 0, 1, 0})) ==
        std::vector<Real>{0, 1, 1, 0, 1, 0});
  CHECK(load(npy<float>("<f4", "'fortran_order': True, 'shape': (2, 3)", {0, 3, 1, 4, 2, 5})) ==
        want);
  CHECK(load(npy<float>("<f4", "'fortran_order': True, 'shape': (6,)", {0, 1, 2, 3, 4, 5})) ==
        want);
  for (const char* shape : {"(0, 165212124282223)", "(140737488355328, 0, 2)"})
    CHECK(load(npy<float>("<f4", std::string("'fortran_order': True, 'shape': ") + shape, {}))
              .empty());
  CHECK(load(npy<float>("<f4", "'fortran_order': False, 'shape': ()", {7})) ==
        std::vector<Real>{7});
}

TEST_CASE("npy: errors name the file and what is wrong") {
  const TempFolder folder;
  const fs::path path = folder / "a.npy";
  const auto refused = [&](const std::string& bytes, const std::string& what) {
    CHECK_THROWS_WITH(load_npy(write(path, bytes)),
                      StartsWith(path.string()) && ContainsSubstring(what));
  };
  const std::vector<float> six(6);
  refused("", "not an .npy file");
  refused("\x93NUMPX" + std::string(40, ' '), "not an .npy file");
  refused(npy(">f4", row_major, six), "dtype '>f4' is not read here");
  refused(npy("<c8", row_major, six), "dtype '<c8' is not read here");
  refused(npy("<f4", "'shape': (2, 3)", six), "its header has no fortran_order");
  refused(npy("<f4", "'fortran_order': False", six), "its header has no shape");
  refused(npy("<f4", "'fortran_order': False, 'shape': [2, 3]", six), "its shape cannot be read");
  refused(npy("<f4", "'fortran_order': False, 'shape': (2, -3)", six), "its shape cannot be read");
  refused(npy("<f4", "'fortran_order': False, 'shape': (2, 4)", six),
          "its shape [2, 4] promises 8 numbers, 6 are there");
  refused(npy("<f4", "'fortran_order': False, 'shape': (4294967296, 4294967296)", six),
          "shape [4294967296, 4294967296] is too large");
  refused(npy("<f4", "'fortran_order': False, 'shape': (6,1,1,1,1,1,1,1,1)", six),
          "at most 8 axes");
  refused(npy("<f4", "'fortran_order': False, 'shape': (0, 1152921504606846976, 16)", six), "");
  refused(npy("<f4", "'fortran_order': False, 'shape': (1152921504606846976, 0)", six),
          "shape [1152921504606846976, 0] is too large");
  refused(npy("<f4", "'fortran_order': maybe, 'shape': (2, 3)", six),
          "its fortran_order cannot be read");
  refused(npy("<f4", row_major + ", 'shape': (3, 2)", six), "its header has two of shape");
  refused(npy("<f4", row_major, six, 4), "version 4 of .npy; 1 to 3 are read here");
  refused(std::string("\x93NUMPY\2\0\xff\xff\xff\xff{}", 14), "cut short within its header");
  CHECK_THROWS_AS(load_npy(folder / "nothing.npy"), Error);
  CHECK_THROWS_AS(load_npy(folder / ""), Error);
  CHECK_THROWS_AS(save_npy("/proc/no/such/folder.npy", Array({2})), Error);
}

TEST_CASE("npy: a file truncated anywhere is refused, and flipped bytes never cause a crash") {
  const TempFolder folder;
  const fs::path path = folder / "a.npy";
  save_npy(path, Array::full({2, 3}, 1));
  const std::string whole = read(path);
  for (std::size_t n = 0; n < whole.size(); ++n)
    CHECK_THROWS_AS(load_npy(write(path, whole.substr(0, n))), Error);
  std::mt19937 random(2);
  for (int round = 0; round < 2000; ++round) {
    std::string damaged = whole;
    for (std::size_t flips = pick(random, 1, 3); flips > 0; --flips) {
      char& byte = damaged[random() % 80];
      byte = static_cast<char>(byte ^ 1 << random() % 8);
    }
    try {
      load_npy(write(path, damaged));
    } catch (const Error&) {
    }
  }
}

}  // namespace
}  // namespace fanin
