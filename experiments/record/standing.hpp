// How a run stands by what is on the disk: the one rule by which a run counts as done.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "experiments/record/folder.hpp"
#include "experiments/record/run_log.hpp"

namespace fanin {

// What a log must state to be of a run; nothing: anything will do.
struct Expected {
  std::string command;                               // train_command()
  std::optional<std::string> model = {}, data = {};  // SHA-256 of their files
  std::optional<std::string> initial_fingerprint = {};
  bool keeps_weights = false;  // the run is done only if the weights with which it ended are there
  bool by_its_writer = false;  // who asks is the process that writes the growing log
};

// another: the log is of another run, or of an old version, or another run goes on from its
// checkpoints; nothing may replace it. unreadable: a log or weights cannot be read and may be
// whole. damaged: they are there and are not whole.
enum class State { done, another, unreadable, running, failed, begun, damaged, missing };

struct Standing {
  State state = State::missing;
  std::string why = {};      // the state is not done, in words; "" if there is no more to say
  std::string differs = {};  // another: in its "settings", "model", "data" or "weights"
  std::string holder = {};   // running: the process that writes the log
  std::optional<RunRecord> record = {};  // of the log, or else of the log that grows
};

// Reads the log as deeply as `depth` says: Depth::ends does not see damage between a log's ends.
Standing standing(const RunFiles& files, const Expected& expected, Depth depth);

// The same by the log alone, whoever may be writing another one.
Standing ended_standing(const RunFiles& files, const Expected& expected, Depth depth);

// The log of a run, if it has ended and is sound and of this command; or what it has logged so far.
std::optional<RunRecord> ended_log(const RunFiles& files, const std::string& command, Depth depth);
std::optional<RunRecord> growing_log(const RunFiles& files, const std::string& command,
                                     Depth depth);

// Renames a file by adding a suffix, so that the next sweep repeats its run.
void rename_aside(const std::filesystem::path& file, const std::string& suffix);

// A file in the place of the log or the weights may be something else, as after a power failure: it
// is an Error, or is renamed to .damaged. Throws IoError if weights cannot be read.
void refuse_other_files(const RunFiles& files);
void set_other_files_aside(RunFiles files, bool keeps_weights);

}  // namespace fanin
