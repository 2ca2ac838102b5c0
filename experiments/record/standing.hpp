// How a run stands, judged by its files. Nothing else decides whether a run counts as done.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "experiments/record/folder.hpp"
#include "experiments/record/run_log.hpp"

namespace fanin {

// What a log must state to be of a run. A value that is not set is not compared.
struct Expected {
  std::string command;                               // train_command()
  std::optional<std::string> model = {}, data = {};  // SHA-256 of their files
  std::optional<std::string> initial_fingerprint = {};
  bool by_its_writer = false;  // the process that writes the growing log asks
};

// another: the log is of another run or of an old version, or another run can go on from its
// checkpoints; nothing may replace it. unreadable: a log or weights cannot be read, and may be
// whole. damaged: they can be read and are not whole.
enum class State { done, another, unreadable, running, failed, begun, damaged, missing };

struct Standing {
  State state = State::missing;
  std::string why = {};      // why it is not done; "" if the state says all
  std::string differs = {};  // another: in its "settings", "model", "data", "weights" or "version"
  std::string holder = {};   // running: the process that writes the log
  std::optional<RunRecord> record = {};  // of the log, or else of the growing log
};

// Reads the log as deeply as `depth` says; Depth::ends does not notice damage between its ends.
Standing standing(const RunFiles& files, const Expected& expected, Depth depth);

// The same for the finished log only, whoever may be writing another one.
Standing ended_standing(const RunFiles& files, const Expected& expected, Depth depth);

// The log of a run if it has ended, is sound and has this command; or else, with `growing`, what
// the run has logged so far.
std::optional<RunRecord> log_of(const RunFiles& files, const std::string& command, Depth depth,
                                bool growing = false);

// Renames a file by adding a suffix, so that the next sweep repeats its run.
void rename_aside(const std::filesystem::path& file, const std::string& suffix);

// The files in the place of logs or weights that are something else, as after a power failure, and
// what each should be. Throws IoError if weights cannot be read.
std::vector<std::pair<std::filesystem::path, const char*>> other_files(const RunFiles& files);

}  // namespace fanin
