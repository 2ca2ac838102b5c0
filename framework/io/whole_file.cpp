#include "framework/io/whole_file.hpp"

#include <fmt/format.h>

#include <fstream>
#include <iterator>

#include "framework/core/error.hpp"

namespace fanin::inline FANIN_PRECISION {

std::string read_whole(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string bytes;
  if (file && !std::filesystem::is_directory(path))
    bytes.assign(std::istreambuf_iterator<char>(file), {});
  else
    file.setstate(std::ios::failbit);
  if (!file) throw Error(fmt::format("{}: cannot be read", path.string()));
  return bytes;
}

void write_whole(const std::filesystem::path& path, const std::string& bytes) {
  const std::filesystem::path aside = path.string() + ".part";
  std::ofstream file(aside, std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  std::error_code failed;
  if (file) std::filesystem::rename(aside, path, failed);
  if (!file || failed) {
    std::error_code ignored;
    std::filesystem::remove(aside, ignored);
    throw Error(fmt::format("{}: cannot be written", path.string()));
  }
}

std::string float_bytes(const Array& array) {
  const Array plain = array.row_major();
  const std::vector<float> numbers(plain.begin(), plain.end());
  return {reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(float)};
}

}  // namespace fanin::inline FANIN_PRECISION
