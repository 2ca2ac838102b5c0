#pragma once

#include <string_view>

namespace fanin::fuzz {

// Each function passes bytes to a reader of user input, and to the code that uses the result at
// once. It may succeed or throw Error. Anything else is a fault in fanin.
void idx(std::string_view bytes);           // IDX files
void gzip(std::string_view bytes);          // compressed IDX files
void npy(std::string_view bytes);           // NumPy's .npy
void safetensors(std::string_view bytes);   // weights
void spec(std::string_view bytes);          // TOML
void model(std::string_view bytes);         // PyTorch's text, or the name of a model with options
void init_rules(std::string_view bytes);    // the argument of --init
void command_line(std::string_view bytes);  // of `train` or `compare`, one word per line
void run_log(std::string_view bytes);       // JSON Lines

}  // namespace fanin::fuzz
