#include "experiments/record/standing.hpp"

#include <fmt/format.h>

#include <fstream>
#include <string_view>
#include <variant>

#include "framework/core/error.hpp"
#include "framework/core/sha256.hpp"
#include "framework/io/safetensors.hpp"
#include "framework/io/whole_file.hpp"

namespace fanin {
namespace {

namespace fs = std::filesystem;

// Nothing if there is no log or a damaged one.
std::optional<RunRecord> sound_log(const fs::path& log, Depth depth) {
  if (!is_file(log)) return std::nullopt;
  try {
    return read_log(log, depth);
  } catch (const Error&) {
    return std::nullopt;
  }
}

// What makes a run another than the expected one; "" if it is that one.
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

// Whether the file holds all weights with which a run ended.
bool holds_weights(const fs::path& file, const RunEnd& end) {
  NamedArrays state;
  for (const auto& [name, tensor] : read_safetensors(file))
    if (std::holds_alternative<std::vector<float>>(tensor.data))  // integers are counters
      state.emplace_back(name, tensor.array());
  return fingerprint(state) == end.final_fingerprint;
}

// Whether a difference makes it another run, not the same one with other data or weights.
bool is_of_another(const std::string& differs) {
  return differs == "settings" || differs == "model";
}

// Whether a log may replace the file: it does not exist, or it begins like a log, or with the zeros
// that a power failure may leave.
bool is_log_or_new(const fs::path& path) {
  constexpr std::string_view begin = R"({"event":"start","command":")";
  if (!is_file(path)) return true;  // if it cannot be written, writing says why
  std::ifstream file(path, std::ios::binary);
  std::string there(begin.size(), '\0');
  file.read(there.data(), std::ssize(there));
  there.resize(static_cast<std::size_t>(file.gcount()));
  return begin.starts_with(there) || there.find_first_not_of('\0') == std::string::npos;
}

bool is_weights_or_new(const fs::path& path) {
  std::error_code error;
  const auto size = fs::file_size(path, error);
  if (error || size == 0) return true;
  try {
    read_safetensors(path);
    return true;
  } catch (const IoError&) {
    throw;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

Standing ended_standing(const RunFiles& files, const Expected& expected, Depth depth) {
  if (!is_file(files.log)) return {};
  const auto another = [&](const std::string& differs, RunRecord record) -> Standing {
    return {State::another,
            fmt::format("{}: belongs to another run (different {})", files.log.string(), differs),
            differs, "", std::move(record)};
  };
  try {
    RunRecord record = read_log(files.log, depth);
    if (!record.end) return {State::damaged, files.log.string() + ": has no end"};
    const bool failed = record.end->status == "failed";
    const std::string differs = difference(record, expected);
    // A failed run is no result to keep. Its own command repeats it, even on other data.
    const bool repeated = failed && (expected.by_its_writer || !is_of_another(differs));
    if (!differs.empty() && !repeated) return another(differs, std::move(record));
    if (failed)
      return {State::failed, fmt::format("at step {}", record.end->steps), "", "",
              std::move(record)};
    const std::string weights = files.weights.string();
    if (!weights.empty() && !is_file(files.weights))
      return {State::missing, weights + " is missing"};
    if (!weights.empty() && !holds_weights(files.weights, *record.end))
      return {State::damaged, weights + " does not hold the weights of its log"};
    return {State::done, "", "", "", std::move(record)};
  } catch (const OldLog& error) {
    return {State::another, error.what(), "version"};
  } catch (const IoError& error) {
    return {State::unreadable, error.what()};
  } catch (const Error& error) {  // a damaged log may still say which run it is of
    auto ends = sound_log(files.log, Depth::ends);
    const std::string differs = ends && ends->end ? difference(*ends, expected) : "";
    if (is_of_another(differs)) return another(differs, std::move(*ends));
    return {State::damaged, error.what()};
  }
}

Standing standing(const RunFiles& files, const Expected& expected, Depth depth) {
  Standing found = ended_standing(files, expected, depth);
  if (found.state == State::done || !is_there(files.growing)) return found;
  found.holder = expected.by_its_writer ? "" : writer_of(files.growing);
  if (found.state == State::another || found.state == State::unreadable) return found;
  std::optional<RunRecord> growing = sound_log(files.growing, Depth::curves);
  if (growing && growing->start.command.empty()) growing.reset();  // no line yet
  const std::string differs = growing ? difference(*growing, expected) : "";
  if (is_of_another(differs)) {
    if (found.holder.empty() && !is_there(files.checkpoints))
      return found;  // no run can go on from it
    return {State::another, "", differs, found.holder, std::move(growing)};
  }
  if (!found.holder.empty()) return {State::running, "", "", found.holder, std::move(growing)};
  if (found.state == State::failed) return found;
  return {State::begun, found.why, "", "", std::move(growing)};
}

std::optional<RunRecord> log_of(const RunFiles& files, const std::string& command, Depth depth,
                                bool growing) {
  auto record = sound_log(files.log, depth);
  if (record && record->end && record->start.command == command) return record;
  if (growing) record = sound_log(files.growing, depth);
  return growing && record && record->start.command == command ? std::move(record) : std::nullopt;
}

void rename_aside(const fs::path& file, const std::string& suffix) {
  std::error_code ignored;
  fs::rename(file, file.string() + suffix, ignored);
}

std::vector<std::pair<fs::path, const char*>> other_files(const RunFiles& files) {
  std::vector<std::pair<fs::path, const char*>> found;
  for (const fs::path& log : {files.log, files.growing})
    if (!is_log_or_new(log)) found.emplace_back(log, "log");
  if (!is_weights_or_new(files.weights)) found.emplace_back(files.weights, "safetensors file");
  return found;
}

}  // namespace fanin
