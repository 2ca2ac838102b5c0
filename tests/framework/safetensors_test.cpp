#include "framework/io/safetensors.hpp"

#include <cmath>
#include <fstream>

#include "framework/core/error.hpp"
#include "tests/experiments/temp_folder.hpp"
#include "tests/support/arrays.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/golden.hpp"

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

// A file with this header and `count` bytes of data.
std::string with_header(const std::string& header, std::size_t count) {
  const std::uint64_t length = header.size();
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &length, 8);
  return bytes + header + std::string(count, '\1');
}

std::string entry(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return R"({"a":{"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets +
         "}}";
}

TEST_CASE("safetensors: a state_dict is read back bit for bit, in its order") {
  const TempFolder folder;
  std::mt19937 random(1);
  NamedArrays state;
  for (const Shape& shape : {Shape{}, Shape{0}, Shape{7}, Shape{3, 4}, Shape{2, 3, 4, 5}})
    for (std::size_t lane = 0; lane < std::max<std::size_t>(shape.size(), 1); ++lane)
      state.emplace_back("layer \"" + std::to_string(state.size()) + "\".weight|\xC3\xA9",
                         random_array(random, shape, lane));
  state[2].second.data()[0] = NAN;
  state[2].second.data()[1] = -HUGE_VALF;
  const fs::path path = folder / "state.safetensors";
  write_safetensors(path, state);
  CHECK_FALSE(fs::exists(path.string() + ".part"));

  const StoredTensors stored = read_safetensors(path);
  REQUIRE(stored.size() == state.size());
  for (std::size_t i = 0; i < state.size(); ++i) {
    CHECK(stored[i].first == state[i].first);
    CHECK(same_bits(stored[i].second.array(), state[i].second));
  }
  const std::string bytes = read(path);
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), 8);
  CHECK(length % 8 == 0);

  write_safetensors(path, {});
  CHECK(read_safetensors(path).empty());
}

TEST_CASE("safetensors: counters are stored as whole numbers with the state") {
  const TempFolder folder;
  const fs::path path = folder / "state.safetensors";
  const std::int64_t large = (std::int64_t{1} << 53) + 1;
  write_safetensors(path, {{"a", Array::full({3}, 2)}}, {{"b", large}, {"c", -1}});
  const StoredTensors stored = read_safetensors(path);
  REQUIRE(stored.size() == 3);
  for (const auto& [name, tensor] : stored) {
    if (name == "a") {
      CHECK(tensor.array().to_vector() == std::vector<Real>{2, 2, 2});
      continue;
    }
    CHECK(tensor.shape == Shape{});
    CHECK(std::get<std::vector<std::int64_t>>(tensor.data) ==
          std::vector<std::int64_t>{name == "b" ? large : -1});
  }
}

TEST_CASE("safetensors: doubles and whole numbers keep their type") {
  const auto stored = read_safetensors(golden_path("init.safetensors"));
  CHECK(stored.size() > 1000);
  for (const auto& [name, tensor] : stored) {
    INFO(name);
    const auto is_call = [&](const char* part) { return name.find(part) != std::string::npos; };
    CHECK(std::holds_alternative<std::vector<double>>(tensor.data) == is_call("_64|"));
    CHECK(std::holds_alternative<std::vector<std::int64_t>>(tensor.data) == is_call("randperm|"));
  }
}

TEST_CASE("safetensors: a file that is truncated anywhere or has flipped bytes is refused") {
  const TempFolder folder;
  const fs::path path = folder / "a.safetensors";
  write_safetensors(path, {{"weight", Array::full({2, 3}, 1)}, {"bias", Array::full({2}, 2)}});
  const std::string whole = read(path);
  for (std::size_t n = 0; n < whole.size(); ++n)
    CHECK_THROWS_AS(read_safetensors(write(path, whole.substr(0, n))), Error);

  // Some flips only change a name. All others must cause an Error.
  std::mt19937 random(2);
  const std::size_t header = whole.size() - 8 * sizeof(float);
  std::size_t refused = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string damaged = whole;
    for (std::size_t flips = pick(random, 1, 3); flips > 0; --flips) {
      char& byte = damaged[random() % header];
      byte = static_cast<char>(byte ^ 1 << random() % 8);
    }
    try {
      for (const auto& [name, tensor] : read_safetensors(write(path, damaged))) tensor.array();
    } catch (const Error&) {
      ++refused;
    }
  }
  CHECK(refused > 2000);
}

TEST_CASE("safetensors: errors about false headers name the problem") {
  const TempFolder folder;
  const auto refused = [&](const std::string& bytes, const std::string& what) {
    INFO(bytes.substr(std::min<std::size_t>(8, bytes.size())));
    const fs::path path = write(folder / "a.safetensors", bytes);
    CHECK_THROWS_WITH(read_safetensors(path), StartsWith(path.string()) && ContainsSubstring(what));
  };
  const std::string cut = "not a safetensors file, or cut short";
  refused("", cut);
  refused(std::string(8, '\xFF'), cut);
  refused(with_header(entry("F32", "[2]", "[0,12]"), 8), "\"a\": its offsets lie outside the file");
  refused(with_header(entry("F32", "[2]", "[8,0]"), 8), "\"a\": its offsets lie outside the file");
  refused(with_header(entry("F32", "[2]", "[0,4]"), 8), "\"a\": its offsets do not fit its shape");
  refused(with_header(entry("F32", "[4294967296,4294967296]", "[0,8]"), 8),
          "shape [4294967296, 4294967296] is too large");
  refused(with_header(entry("F32", "[4611686018427387905]", "[0,4]"), 8), "is too large");
  refused(with_header(entry("F32", "[-2]", "[0,8]"), 8), "\"a\"");
  refused(with_header(entry("F32", "[1,1,1,1,1,1,1,1,1]", "[0,4]"), 8), "at most 8 axes");
  refused(with_header(entry("BF16", "[2]", "[0,4]"), 8), "dtype BF16 is not read here");
  refused(with_header(entry("F32", "\"2\"", "[0,8]"), 8), "\"a\"");
  refused(with_header(R"({"a":{"dtype":"F32"}})", 8), "\"a\"");
  refused(with_header(R"({"a":7})", 8), "\"a\"");
  refused(with_header("{\"a\":", 8), "the header");
  for (const char* no_object : {"null", "[]", "7", "\"text\""})
    refused(with_header(no_object, 0), "");
  refused(with_header(std::string(200'000, '['), 0), "the header: it is nested too deeply");
  refused(with_header("{\"a\":" + std::string(200'000, '[') + std::string(200'000, ']') + "}", 0),
          "the header: it is nested too deeply");
  refused(with_header(entry("F32", "[1152921504606846976,0]", "[0,0]"), 0), "is too large");
  refused(with_header(entry("F32", "[true,2]", "[0,8]"), 8),
          "\"a\": its shape is not a list of whole numbers");
  refused(with_header(entry("F32", "[2]", "[0,8.0]"), 8),
          "\"a\": its data_offsets is not a list of whole numbers");
  CHECK_THROWS_AS(read_safetensors(folder / "nothing"), Error);
  CHECK_THROWS_AS(read_safetensors(folder / ""), Error);
}

TEST_CASE("safetensors: each byte must belong to one tensor, and each name to one tensor") {
  const TempFolder folder;
  const fs::path path = folder / "a.safetensors";
  const auto two = [](const std::string& name, const std::string& a, const std::string& b) {
    const std::string tensor = R"({"dtype":"F32","shape":[1],"data_offsets":)";
    return "{\"a\":" + tensor + a + "},\"" + name + "\":" + tensor + b + "}}";
  };
  const auto refused = [&](const std::string& header, std::size_t count, const std::string& what) {
    write(path, with_header(header, count));
    CHECK_THROWS_WITH(read_safetensors(path), path.string() + ": " + what);
  };
  write(path, with_header(two("b", "[4,8]", "[0,4]"), 8));  // the order does not matter
  CHECK(read_safetensors(path).size() == 2);
  refused(two("b", "[0,4]", "[0,4]"), 4, "its layout: \"b\" overlaps the bytes of another tensor");
  refused(two("b", "[0,4]", "[2,6]"), 6, "its layout: \"b\" overlaps the bytes of another tensor");
  refused(two("b", "[4,8]", "[8,12]"), 12, "its layout: bytes 0 to 4 belong to no tensor");
  refused(two("b", "[0,4]", "[8,12]"), 12, "its layout: bytes 4 to 8 belong to no tensor");
  refused(two("b", "[0,4]", "[4,8]"), 9, "its layout: bytes 8 to 9 belong to no tensor");
  refused(two("a", "[0,4]", "[4,8]"), 8, "the header: \"a\" comes twice");
  refused(R"({"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 4,
          "the header: \"dtype\" comes twice");
}

TEST_CASE("safetensors: metadata is ignored") {
  const TempFolder folder;
  const fs::path path = write(
      folder / "a.safetensors",
      with_header(
          R"({"__metadata__":{"b":"c"},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 4));
  CHECK(read_safetensors(path).size() == 1);
}

TEST_CASE("safetensors: a failed write leaves no file") {
  const TempFolder folder;
  CHECK_THROWS_AS(write_safetensors("/proc/no/such/folder", {}), Error);
  fs::create_directories(folder / "taken/full");
  CHECK_THROWS_AS(write_safetensors(folder / "taken", {}), Error);
  CHECK_FALSE(fs::exists(folder / "taken.part"));
}

}  // namespace
}  // namespace fanin
