#pragma once

#include <filesystem>

#include "experiments/specs/spec_draft.hpp"

namespace fanin {

// Reads TOML and checks keys and types. Throws UsageError with file and line.
Draft read_draft(const std::filesystem::path& file);

}  // namespace fanin
