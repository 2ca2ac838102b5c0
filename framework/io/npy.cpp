#include "framework/io/npy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <iterator>
#include <numeric>

#include "framework/core/error.hpp"
#include "framework/core/text.hpp"
#include "framework/io/whole_file.hpp"

// The format: "\x93NUMPY", version, length of the header, the header as a Python dict
// {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }, the numbers.
namespace fanin::FANIN_PRECISION {
namespace {

template <class T>
void convert(const char* bytes, Array& array) {
  for (std::size_t i = 0; i < array.size(); ++i) {
    T value;
    std::memcpy(&value, bytes + i * sizeof(T), sizeof(T));
    array.data()[i] = static_cast<Real>(value);
  }
}

struct Dtype {
  const char* name;
  std::size_t size;
  void (*convert)(const char*, Array&);
};

constexpr Dtype dtypes[] = {
    {"<f4", 4, convert<float>},         {"<f8", 8, convert<double>},
    {"<i8", 8, convert<std::int64_t>},  {"<i4", 4, convert<std::int32_t>},
    {"<i2", 2, convert<std::int16_t>},  {"|i1", 1, convert<std::int8_t>},
    {"<u8", 8, convert<std::uint64_t>}, {"<u4", 4, convert<std::uint32_t>},
    {"<u2", 2, convert<std::uint16_t>}, {"|u1", 1, convert<std::uint8_t>},
    {"|b1", 1, convert<std::uint8_t>},
};

// The text after 'key': in the header, spaces skipped.
std::string after(const std::string& header, const std::string& key) {
  const std::string quoted = "'" + key + "'";
  const std::size_t at = header.find(quoted);
  if (at != header.rfind(quoted)) throw Error("its header has two of " + key);
  const std::size_t colon = at == std::string::npos ? at : header.find(':', at);
  const std::size_t start =
      colon == std::string::npos ? colon : header.find_first_not_of(' ', colon + 1);
  if (start == std::string::npos) throw Error("its header has no " + key);
  return header.substr(start);
}

Shape parse_shape(const std::string& text) {
  const std::size_t end = text.find(')');
  if (text[0] != '(' || end == std::string::npos) throw Error("its shape cannot be read");
  Shape shape;
  for (const char *at = text.data() + 1, *last = text.data() + end; at < last;) {
    if (*at == ' ' || *at == ',') {
      ++at;
      continue;
    }
    std::size_t extent = 0;
    const auto [next, error] = std::from_chars(at, last, extent);
    if (error != std::errc()) throw Error("its shape cannot be read");
    shape.push_back(extent);
    at = next;
  }
  return shape;
}

Array parse(const std::string& bytes) {
  if (bytes.size() < 12 || bytes.compare(0, 6, "\x93NUMPY") != 0) throw Error("not an .npy file");
  if (bytes[6] < 1 || bytes[6] > 3)
    throw Error("version {} of .npy; 1 to 3 are read here", int{bytes[6]});
  const bool first_version = bytes[6] == 1;  // later ones have a wider length
  std::uint32_t length = 0;
  std::memcpy(&length, bytes.data() + 8, first_version ? 2 : 4);
  const std::size_t start = (first_version ? 10 : 12) + std::size_t{length};
  if (start > bytes.size()) throw Error("cut short within its header");
  const std::string header = bytes.substr(0, start);

  const std::string descr = after(header, "descr");
  const auto dtype = std::find_if(std::begin(dtypes), std::end(dtypes), [&](const Dtype& d) {
    return descr.compare(1, 3, d.name) == 0 && descr.size() > 4 && descr[4] == descr[0];
  });
  if (dtype == std::end(dtypes))
    throw Error("dtype {} is not read here", descr.substr(0, descr.find(',')));
  const std::string order = after(header, "fortran_order");
  const bool fortran = order.starts_with("True");
  if (!fortran && !order.starts_with("False")) throw Error("its fortran_order cannot be read");
  Shape shape = parse_shape(after(header, "shape"));

  const std::size_t count = shape.numel();
  const std::size_t available = (bytes.size() - start) / dtype->size;
  if (count != available || (bytes.size() - start) % dtype->size != 0)
    throw Error("its shape {} promises {} numbers, {} are there", to_string(shape), count,
                available);
  if (fortran)
    shape =
        Shape(std::make_reverse_iterator(shape.end()), std::make_reverse_iterator(shape.begin()));
  Array array(shape);
  dtype->convert(bytes.data() + start, array);
  if (!fortran || shape.size() < 2) return array;
  std::vector<std::size_t> axes(shape.size());
  std::iota(axes.rbegin(), axes.rend(), std::size_t{0});
  return array.permute(axes).row_major();
}

}  // namespace

Array load_npy(const std::filesystem::path& path) {
  const std::string bytes = read_file(path);
  try {
    return parse(bytes);
  } catch (const Error& error) {
    throw Error("{}: {}", path.string(), error.what());
  }
}

void save_npy(const std::filesystem::path& path, const Array& array) {
  std::string header = fmt::format("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}{}), }}",
                                   join(array.shape(), ", "), array.rank() == 1 ? "," : "");
  header.resize((10 + header.size() + 64) / 64 * 64 - 10, ' ');  // the data starts on 64
  header.back() = '\n';
  const auto length = static_cast<std::uint16_t>(header.size());
  std::string text("\x93NUMPY\x01\x00", 8);
  text.append(reinterpret_cast<const char*>(&length), 2);
  write_file(path, text + header + float_bytes(array));
}

}  // namespace fanin::FANIN_PRECISION
