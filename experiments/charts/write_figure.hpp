#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>

namespace fanin {

// Writes the spec beside the SVG, as .vl.json, and has Node draw it with the script, render.mjs.
// Throws std::runtime_error when a file cannot be written, or when node is missing or fails.
void write_figure(const nlohmann::json& spec, const std::filesystem::path& script,
                  const std::filesystem::path& svg);

}  // namespace fanin
