#pragma once

#include "framework/io/whole_file.hpp"

#include <string>
#include <vector>

#include "experiments/specs/spec.hpp"
#include "experiments/task/models.hpp"
#include "framework/core/error.hpp"
#include "tests/experiments/temp_folder.hpp"

namespace fanin {

inline const std::string head =
    "name = \"test\"\n"
    "model = \"lenet5\"\n"
    "inits = [\"zero\", \"default\"]\n"
    "seeds = [0, 7]\n";

inline Sweep read(const std::string& text, const std::vector<std::string>& sets = {}) {
  const TempFolder folder;
  write_file(folder / "mlp.toml", text);
  std::vector<Override> overrides;
  for (const std::string& set : sets) overrides.push_back(parse_override(set));
  return read_sweep(folder / "mlp.toml", overrides);
}

// The message of read() about a bad spec, starting at the file's name.
inline std::string complaint(const std::string& text, const std::vector<std::string>& sets = {}) {
  try {
    read(text, sets);
  } catch (const UsageError& error) {
    const std::string message = error.what();
    const std::size_t file = message.find("mlp.toml");
    return file == std::string::npos ? message : message.substr(file);
  }
  return "";
}

}  // namespace fanin
