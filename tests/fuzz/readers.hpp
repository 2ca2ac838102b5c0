#pragma once

#include <string_view>

namespace fanin::fuzz {

// Each hands bytes to a reader of what users write, and to what follows on them at once. It throws
// Error for bytes that are refused; anything else than that or success is a fault of ours.
void idx(std::string_view bytes);           // IDX files
void gzip(std::string_view bytes);          // IDX files, packed
void npy(std::string_view bytes);           // NumPy's .npy
void safetensors(std::string_view bytes);   // weights
void spec(std::string_view bytes);          // TOML
void model(std::string_view bytes);         // PyTorch's text, or a model's name with options
void init_rules(std::string_view bytes);    // what --init takes
void command_line(std::string_view bytes);  // of `train`, or of `compare`: a word a line
void run_log(std::string_view bytes);       // JSON Lines

}  // namespace fanin::fuzz
