#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "framework/io/safetensors.hpp"

// PyTorch's recorded numbers. tests/golden/README.md explains their names.
namespace fanin {

inline std::filesystem::path golden_path(const std::string& file) {
  return std::filesystem::path(FANIN_SOURCE_DIR) / "tests" / "golden" / file;
}

inline std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts(1);
  for (char c : text) {
    if (c == separator)
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

// "Conv2d(...)|seed=1|grad|weight" is entry "grad|weight" of the case "Conv2d(...)|seed=1".
struct GoldenCase {
  std::string name;
  std::map<std::string, StoredTensor> tensors;

  bool has(const std::string& entry) const { return tensors.count(entry) > 0; }
  Array array(const std::string& entry) const { return tensors.at(entry).array(); }
};

// The tensors of a file, grouped into cases, in the order of the file. The first `fields` fields of
// a tensor's name are the name of its case.
inline std::vector<GoldenCase> golden_cases(const std::string& file, std::size_t fields) {
  std::vector<GoldenCase> cases;
  std::map<std::string, std::size_t> known;
  for (auto& [name, tensor] : read_safetensors(golden_path(file))) {
    std::size_t end = 0;
    for (std::size_t i = 0; i < fields; ++i) end = name.find('|', i == 0 ? 0 : end + 1);
    const std::string head = name.substr(0, end);
    const auto [entry, fresh] = known.emplace(head, cases.size());
    if (fresh) cases.push_back({head, {}});
    cases[entry->second].tensors.emplace(name.substr(end + 1), tensor);
  }
  return cases;
}

// Parses a call from a name such as `normal_|seed=0|shape=3,5|mean=0.0|std=1.0`.
struct GoldenCall {
  std::string function;
  std::map<std::string, std::string> arguments;

  explicit GoldenCall(const std::string& name) {
    for (const std::string& field : split(name, '|')) {
      const std::size_t equals = field.find('=');
      if (equals == std::string::npos)
        function = field;  // the last such field: normal_ in "sequence|seed=0|step=1|normal_|..."
      else
        arguments[field.substr(0, equals)] = field.substr(equals + 1);
    }
  }
  bool has(const std::string& key) const { return arguments.count(key) > 0; }
  const std::string& word(const std::string& key) const { return arguments.at(key); }
  double number(const std::string& key) const { return std::stod(arguments.at(key)); }
  std::uint64_t count(const std::string& key) const { return std::stoull(arguments.at(key)); }
  Shape shape() const {
    Shape result;
    for (const std::string& extent : split(arguments.at("shape"), ','))
      result.push_back(std::stoull(extent));
    return result;
  }
};

}  // namespace fanin
