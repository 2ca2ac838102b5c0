#include "experiments/record/standing.hpp"

#include <fmt/format.h>

#include <variant>

#include "framework/core/error.hpp"
#include "framework/core/sha256.hpp"
#include "framework/io/safetensors.hpp"
#include "framework/io/whole_file.hpp"

namespace fanin {
namespace {

namespace fs = std::filesystem;

// Nothing if there is no log, or a damaged one.
std::optional<RunRecord> sound_log(const fs::path& log, Depth depth) {
  if (!is_file(log)) return std::nullopt;
  try {
    return read_log(log, depth);
  } catch (const Error&) {
    return std::nullopt;
  }
}

// In what a run is another than the expected one; "" if it is that one.
std::string difference(const RunRecord& there, const Expected& expected) {
  const auto is_other = [](const std::string& value, const std::optional<std::string>& wanted) {
    return wanted && value != *wanted;
  };
  if (there.start.command != expected.command) return "settings";
  if (is_other(there.start.model, expected.model)) return "model";
  if (is_other(there.start.data, expected.data)) return "data";
  if (there.end && is_other(there.end->initial_fingerprint, expected.initial_fingerprint))
    return "weights";
  return "";
}

// Whether the file holds the weights with which a run ended, all of them.
bool holds_weights(const fs::path& file, const RunEnd& end) {
  NamedArrays state;
  for (const auto& [name, tensor] : read_safetensors(file))
    if (std::holds_alternative<std::vector<float>>(tensor.data))  // else a count of batches
      state.emplace_back(name, tensor.array());
  return fingerprint(state) == end.final_fingerprint;
}

// By what is in the place of a log that has ended.
Standing ended_standing(const RunFiles& files, const Expected& expected, Depth depth) {
  if (!is_file(files.log)) return {};
  try {
    RunRecord record = read_log(files.log, depth);
    if (!record.end) return {State::damaged, files.log.string() + ": has no end"};
    if (const std::string differs = difference(record, expected); !differs.empty())
      return {State::another, fmt::format("{}: is of other {}", files.log.string(), differs),
              differs, "", std::move(record)};
    if (record.end->status == "failed")
      return {State::failed, fmt::format("at step {}", record.end->steps), "", "",
              std::move(record)};
    if (expected.keeps_weights && !is_file(files.weights)) return {};
    if (expected.keeps_weights && !holds_weights(files.weights, *record.end))
      return {State::damaged, files.weights.string() + " does not hold the weights of its log"};
    return {State::done, "", "", "", std::move(record)};
  } catch (const IoError& error) {
    return {State::unreadable, error.what()};
  } catch (const Error& error) {
    return {State::damaged, error.what()};
  }
}

}  // namespace

Standing standing(const RunFiles& files, const Expected& expected, Depth depth) {
  Standing found = ended_standing(files, expected, depth);
  if (found.state <= State::unreadable || !is_there(files.growing)) return found;
  const std::string holder = expected.by_its_writer ? "" : writer_of(files.growing);
  std::optional<RunRecord> growing = sound_log(files.growing, Depth::curves);
  if (growing && growing->start.command.empty()) growing.reset();  // it has no line yet
  if (growing && difference(*growing, expected) != "") {
    if (holder.empty() && !is_there(files.checkpoints)) return found;  // nobody goes on from it
    return {State::another, "", difference(*growing, expected), holder, std::move(growing)};
  }
  if (holder.empty() && found.state == State::failed) return found;
  return {holder.empty() ? State::begun : State::running, found.why, "", holder,
          std::move(growing)};
}

std::optional<RunRecord> ended_log(const RunFiles& files, const std::string& command, Depth depth) {
  auto record = sound_log(files.log, depth);
  return record && record->end && record->start.command == command ? std::move(record)
                                                                   : std::nullopt;
}

std::optional<RunRecord> growing_log(const RunFiles& files, const std::string& command,
                                     Depth depth) {
  auto record = sound_log(files.growing, depth);
  return record && record->start.command == command ? std::move(record) : std::nullopt;
}

void check_log_place(const RunFiles& files) {
  for (const fs::path& path : {files.log, files.growing})
    if (!is_log_or_new(path))
      throw Error("cannot write {}: it is there and is no log", path.string());
}

void check_weights_place(const fs::path& weights) {
  std::error_code error;
  const auto size = fs::file_size(weights, error);
  if (error || size == 0) return;
  try {
    read_safetensors(weights);
  } catch (const IoError&) {
    throw;
  } catch (const Error&) {
    throw Error("cannot write {}: it is there and is no safetensors file", weights.string());
  }
}

void rename_aside(const fs::path& file, const std::string& suffix) {
  std::error_code ignored;
  fs::rename(file, file.string() + suffix, ignored);
}

void set_damaged_aside(const RunFiles& files, bool keeps_weights) {
  for (const fs::path& log : {files.log, files.growing})
    if (!is_log_or_new(log)) rename_aside(log, ".damaged");
  if (!keeps_weights) return;
  try {
    check_weights_place(files.weights);
  } catch (const IoError&) {
    throw;
  } catch (const Error&) {
    rename_aside(files.weights, ".damaged");
  }
}

}  // namespace fanin
