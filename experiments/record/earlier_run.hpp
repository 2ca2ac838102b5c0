// What is there already where a run writes its log.
#pragma once

#include <filesystem>

#include "experiments/record/run_log.hpp"

namespace fanin {

// Whether the file is there and holds the weights with which a run ended, all of them. Throws
// IoError where it cannot be read.
bool holds_weights(const std::filesystem::path& file, const RunRecord& record);

// Throws Error where a file is there and is none of weights.
void check_weights_place(const std::filesystem::path& file);

// Throws Error where one of the files that the log goes through is there and is no log.
void check_log_place(const std::filesystem::path& log);

// A run before its first step: how it begins, and the fingerprint of its weights there where they
// come from a file, which may have changed; else "".
struct NewRun {
  const RunStart& start;
  std::string loaded;
};

// Whether the log is of that run, to its end, and the file `save`, if any, holds the weights with
// which it ended.
bool is_done(const NewRun& run, const std::filesystem::path& log,
             const std::filesystem::path& save);

// Throws Error where the log is of another run, to its end, or where another is to go on from its
// checkpoints.
void refuse_another(const NewRun& run, const std::filesystem::path& log);

}  // namespace fanin
