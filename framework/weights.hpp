#pragma once

#include <filesystem>

#include "framework/nn/module.hpp"

namespace fanin::FANIN_PRECISION {

// A model's state_dict as a safetensors file, PyTorch's names, buffers included.
void save_weights(const Module& model, const std::filesystem::path& path);

// Throws Error when the file is damaged or its names and shapes are not the model's.
void load_weights(Module& model, const std::filesystem::path& path);

}  // namespace fanin::FANIN_PRECISION
