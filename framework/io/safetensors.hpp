#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "framework/nn/module.hpp"

namespace fanin::FANIN_PRECISION {

// A tensor of a safetensors file; its dtype decides which vector `data` holds.
struct StoredTensor {
  Shape shape;
  std::variant<std::vector<float>, std::vector<double>, std::vector<std::int64_t>> data;

  Array array() const;  // as Real, row-major
};
using StoredTensors = std::vector<std::pair<std::string, StoredTensor>>;

// Reads F32, F64 and I64 tensors, in the order of the header. Throws Error naming the file unless
// it is whole and valid: distinct names, and bytes that fill the file without overlaps or gaps.
StoredTensors read_safetensors(const std::filesystem::path& path);
StoredTensors parse_safetensors(std::string_view bytes, const std::filesystem::path& path);

// Writes a state_dict as F32 and counters as I64 scalars, by write_file().
void write_safetensors(const std::filesystem::path& path, const NamedArrays& state,
                       const Counters& counters = {});

// These save and load a model's state_dict and counters in such a file, under PyTorch's names.
// Loading throws Error if the file is damaged, or if its names and shapes are not the model's.
void save_weights(const Module& model, const std::filesystem::path& path);
void load_weights(Module& model, const std::filesystem::path& path);

}  // namespace fanin::FANIN_PRECISION
