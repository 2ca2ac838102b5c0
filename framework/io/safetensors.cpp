#include "framework/io/safetensors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>

#include "framework/core/error.hpp"
#include "framework/io/whole_file.hpp"

// The format: a little-endian u64 with the header's length, the header in JSON
// {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [begin, end]}, ...}, the bytes.
namespace fanin::inline FANIN_PRECISION {
namespace {

using Json = nlohmann::ordered_json;

template <class T>
std::vector<T> numbers(const char* bytes, std::size_t count) {
  std::vector<T> result(count);
  if (count > 0) std::memcpy(result.data(), bytes, count * sizeof(T));
  return result;
}

StoredTensor read_tensor(const Json& entry, const std::string& bytes, std::size_t start) {
  const auto dtype = entry.at("dtype").get<std::string>();
  const auto extents = entry.at("shape").get<std::vector<std::size_t>>();
  const auto offsets = entry.at("data_offsets").get<std::vector<std::size_t>>();
  const std::size_t width = dtype == "F32" ? 4 : dtype == "F64" || dtype == "I64" ? 8 : 0;
  if (width == 0) throw Error("dtype " + dtype + " is not read here; F32, F64 and I64 are");
  const std::size_t available = bytes.size() - start;
  if (offsets.size() != 2 || offsets[0] > offsets[1] || offsets[1] > available)
    throw Error("its offsets lie outside the file");
  std::size_t count = 1;
  for (std::size_t extent : extents)
    if (__builtin_mul_overflow(count, extent, &count)) throw Error("its shape is too large");
  if (count > available / width || offsets[1] - offsets[0] != count * width)
    throw Error("its offsets do not fit its shape");
  const char* data = bytes.data() + start + offsets[0];
  StoredTensor tensor{Shape(extents.begin(), extents.end()), {}};
  if (dtype == "F32") tensor.data = numbers<float>(data, count);
  if (dtype == "F64") tensor.data = numbers<double>(data, count);
  if (dtype == "I64") tensor.data = numbers<std::int64_t>(data, count);
  return tensor;
}

}  // namespace

Array StoredTensor::array() const {
  Array result(shape);
  std::visit(
      [&](const auto& values) {
        std::transform(values.begin(), values.end(), result.begin(),
                       [](auto value) { return static_cast<Real>(value); });
      },
      data);
  return result;
}

StoredTensors read_safetensors(const std::filesystem::path& path) {
  const std::string bytes = read_file(path);
  std::uint64_t length = 0;
  if (bytes.size() >= 8) std::memcpy(&length, bytes.data(), 8);
  if (bytes.size() < 8 || length > bytes.size() - 8)
    throw Error(fmt::format("{}: not a safetensors file, or cut short", path.string()));

  StoredTensors tensors;
  std::string name = "the header";
  try {
    const Json header =
        Json::parse(bytes.begin() + 8, bytes.begin() + 8 + static_cast<std::ptrdiff_t>(length));
    if (!header.is_object()) throw Error("it is no JSON object");
    for (const auto& [key, entry] : header.items()) {
      if (key == "__metadata__") continue;
      name = "\"" + key + "\"";
      tensors.emplace_back(key, read_tensor(entry, bytes, 8 + length));
    }
  } catch (const std::exception& error) {
    throw Error(fmt::format("{}: {}: {}", path.string(), name, error.what()));
  }
  return tensors;
}

void write_safetensors(const std::filesystem::path& path,
                       const std::vector<std::pair<std::string, Array>>& state,
                       const std::vector<std::pair<std::string, std::int64_t>>& counters) {
  Json header = Json::object();
  header["__metadata__"] = {{"format", "pt"}};
  std::string data;
  const auto add = [&](const std::string& name, const char* dtype, const Shape& shape,
                       const std::string& bytes) {
    header[name] = {{"dtype", dtype},
                    {"shape", std::vector<std::size_t>(shape.begin(), shape.end())},
                    {"data_offsets", {data.size(), data.size() + bytes.size()}}};
    data += bytes;
  };
  // The wider numbers first, so that each lies on a multiple of its size.
  for (const auto& [name, value] : counters)
    add(name, "I64", {}, {reinterpret_cast<const char*>(&value), sizeof value});
  for (const auto& [name, array] : state) add(name, "F32", array.shape(), float_bytes(array));

  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');  // the data starts on a multiple of 8
  const std::uint64_t length = text.size();
  write_file(path, std::string(reinterpret_cast<const char*>(&length), 8) + text + data);
}

}  // namespace fanin::inline FANIN_PRECISION
