#include "framework/io/safetensors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>

#include "framework/core/error.hpp"
#include "framework/core/text.hpp"
#include "framework/io/whole_file.hpp"

// The format: a little-endian u64 with the header's length, the header in JSON
// {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [begin, end]}, ...}, the bytes.
namespace fanin::FANIN_PRECISION {
namespace {

using Json = nlohmann::json;

template <class T>
std::vector<T> numbers(const char* bytes, std::size_t count) {
  std::vector<T> result(count);
  if (count > 0) std::memcpy(result.data(), bytes, count * sizeof(T));
  return result;
}

struct Header {
  Json json;
  std::vector<std::string> names;  // in the order of the file
};

// Names given twice, and nesting that no header has, are refused as the parser meets them.
Header parse_header(std::string_view text) {
  constexpr std::size_t deepest = 2;  // the lists of an entry
  std::array<std::set<std::string>, deepest + 2> keys;
  Header header;
  const auto watch = [&](int at, Json::parse_event_t event, Json& parsed) {
    const auto depth = static_cast<std::size_t>(at);
    const bool object = event == Json::parse_event_t::object_start;
    if (object || event == Json::parse_event_t::array_start) {
      if (depth > deepest) throw Error("it is nested too deeply");
      keys[depth + 1].clear();
    } else if (event == Json::parse_event_t::key) {
      const auto key = parsed.get<std::string>();
      if (!keys[depth].insert(key).second) throw Error("\"{}\" comes twice", key);
      if (depth == 1 && key != "__metadata__") header.names.push_back(key);
    }
    return true;
  };
  header.json = Json::parse(text, watch);
  if (!header.json.is_object()) throw Error("it is not a JSON object");
  return header;
}

std::vector<std::size_t> whole_numbers(const Json& entry, const char* key) {
  const Json& list = entry.at(key);
  const auto is_whole = [](const Json& number) { return number.is_number_unsigned(); };
  if (!list.is_array() || !std::all_of(list.begin(), list.end(), is_whole))
    throw Error("its {} is not a list of whole numbers", key);
  return list.get<std::vector<std::size_t>>();
}

struct Piece {  // of the bytes behind the header
  std::size_t first, last;
  std::string name;
};

StoredTensor read_tensor(const Json& entry, std::string_view bytes, Piece& piece) {
  const auto dtype = entry.at("dtype").get<std::string>();
  const std::vector<std::size_t> extents = whole_numbers(entry, "shape");
  const std::vector<std::size_t> offsets = whole_numbers(entry, "data_offsets");
  const std::size_t width = dtype == "F32" ? 4 : dtype == "F64" || dtype == "I64" ? 8 : 0;
  if (width == 0) throw Error("dtype " + dtype + " is not read here; F32, F64 and I64 are");
  if (offsets.size() != 2 || offsets[0] > offsets[1] || offsets[1] > bytes.size())
    throw Error("its offsets lie outside the file");
  piece.first = offsets[0], piece.last = offsets[1];
  StoredTensor tensor{Shape(extents.begin(), extents.end()), {}};
  const std::size_t count = tensor.shape.numel();
  if (count > bytes.size() / width || piece.last - piece.first != count * width)
    throw Error("its offsets do not fit its shape");
  const char* data = bytes.data() + piece.first;
  if (dtype == "F32") tensor.data = numbers<float>(data, count);
  if (dtype == "F64") tensor.data = numbers<double>(data, count);
  if (dtype == "I64") tensor.data = numbers<std::int64_t>(data, count);
  return tensor;
}

// Every byte belongs to one tensor, as the format demands: nothing overlaps, nothing is hidden.
void check_layout(std::vector<Piece> pieces, std::size_t size) {
  std::ranges::sort(pieces, {}, [](const Piece& p) { return std::pair(p.first, p.last); });
  pieces.push_back({size, size, ""});  // the end of the file
  std::size_t at = 0;
  for (const Piece& piece : pieces) {
    if (piece.first < at) throw Error("\"{}\" overlaps the bytes of another tensor", piece.name);
    if (piece.first > at) throw Error("bytes {} to {} belong to no tensor", at, piece.first);
    at = piece.last;
  }
}

}  // namespace

Array StoredTensor::array() const {
  Array result(shape);
  std::visit([&](const auto& v) { std::copy(v.begin(), v.end(), result.begin()); }, data);
  return result;
}

StoredTensors read_safetensors(const std::filesystem::path& path) {
  return parse_safetensors(read_file(path), path);
}

StoredTensors parse_safetensors(std::string_view bytes, const std::filesystem::path& path) {
  std::uint64_t length = 0;
  if (bytes.size() >= 8) std::memcpy(&length, bytes.data(), 8);
  if (bytes.size() < 8 || length > bytes.size() - 8)
    throw Error("{}: not a safetensors file, or cut short", path.string());

  constexpr std::uint64_t longest = 100'000'000;  // the format's own limit
  if (length > longest)
    throw Error("{}: a header of {} bytes; {} is the most", path.string(), length, longest);

  StoredTensors tensors;
  std::string part = "the header";
  try {
    const std::string_view data = bytes.substr(8 + length);
    const Header header = parse_header(bytes.substr(8, length));
    std::vector<Piece> pieces;
    for (const std::string& name : header.names) {
      part = "\"" + name + "\"";
      Piece& piece = pieces.emplace_back(Piece{0, 0, name});
      tensors.emplace_back(name, read_tensor(header.json.at(name), data, piece));
    }
    part = "its layout";
    check_layout(std::move(pieces), data.size());
  } catch (const std::bad_alloc&) {  // no fault of the file
    throw;
  } catch (const std::exception& error) {
    throw Error("{}: {}: {}", path.string(), part, error.what());
  }
  return tensors;
}

void write_safetensors(const std::filesystem::path& path, const NamedArrays& state,
                       const Counters& counters) {
  std::string text = R"({"__metadata__":{"format":"pt"})", data;
  const auto add = [&](const std::string& name, const char* dtype, const Shape& shape,
                       const std::string& bytes) {
    text += fmt::format(R"(,{}:{{"dtype":"{}","shape":[{}],"data_offsets":[{},{}]}})",
                        json_string(name), dtype, join(shape, ","), data.size(),
                        data.size() + bytes.size());
    data += bytes;
  };
  // The wider numbers first, so that each lies on a multiple of its size.
  for (const auto& [name, value] : counters)
    add(name, "I64", {}, {reinterpret_cast<const char*>(&value), sizeof value});
  for (const auto& [name, array] : state) add(name, "F32", array.shape(), float_bytes(array));

  text += "}";
  text.resize((text.size() + 7) / 8 * 8, ' ');  // the data starts on a multiple of 8
  const std::uint64_t length = text.size();
  write_file(path, std::string(reinterpret_cast<const char*>(&length), 8) + text + data);
}

void save_weights(const Module& model, const std::filesystem::path& path) {
  write_safetensors(path, model.state_dict(), model.counters());
}

void load_weights(Module& model, const std::filesystem::path& path) {
  constexpr std::int64_t most_counted = std::int64_t{1} << 53;  // it must grow without overflow
  NamedArrays state;
  Counters counters;
  for (const auto& [name, tensor] : read_safetensors(path)) {
    const auto* whole = std::get_if<std::vector<std::int64_t>>(&tensor.data);
    if (!whole || whole->size() != 1)
      state.emplace_back(name, tensor.array());
    else if (const std::int64_t count = whole->front(); count >= 0 && count <= most_counted)
      counters.emplace_back(name, count);
    else
      throw Error("{}: \"{}\" is {}; expected a count from 0 to 2^53", path.string(), name, count);
  }
  try {
    model.load_state_dict(state);
    for (const auto& [name, value] : counters) model.set_counter(name, value);
  } catch (const Error& error) {
    throw Error("{}: {}", path.string(), error.what());
  }
}

}  // namespace fanin::FANIN_PRECISION
