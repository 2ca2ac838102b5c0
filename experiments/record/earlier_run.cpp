#include "experiments/record/earlier_run.hpp"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "experiments/record/checkpoint.hpp"
#include "framework/core/error.hpp"
#include "framework/core/sha256.hpp"
#include "framework/io/safetensors.hpp"

namespace fanin {
namespace {

std::optional<RunRecord> ended_run(const std::filesystem::path& log) {
  if (!is_file(log)) return std::nullopt;
  try {
    RunRecord record = read_log_checked(log);
    if (record.end && record.end->status != "failed") return record;
  } catch (const IoError&) {  // it may be whole
    throw;
  } catch (const Error&) {
  }
  return std::nullopt;
}

// Older logs do not say all.
bool is_begun_so(const RunStart& there, const RunStart& run) {
  return there.command == run.command && (there.model.empty() || there.model == run.model);
}

bool is_same(const RunRecord& there, const NewRun& run) {
  return is_begun_so(there.start, run.start) &&
         (there.start.data.empty() || there.start.data == run.start.data) &&
         (run.loaded.empty() || there.end->initial_fingerprint == run.loaded);
}

}  // namespace

bool holds_weights(const std::filesystem::path& file, const RunRecord& record) {
  if (!is_file(file)) return false;
  try {
    NamedArrays state;
    for (const auto& [name, tensor] : read_safetensors(file))
      if (std::holds_alternative<std::vector<float>>(tensor.data))  // else a count of batches
        state.emplace_back(name, tensor.array());
    return fingerprint(state) == record.end->final_fingerprint;
  } catch (const IoError&) {  // they may be whole
    throw;
  } catch (const Error&) {
    return false;
  }
}

void check_weights_place(const std::filesystem::path& file) {
  std::error_code error;
  const auto size = std::filesystem::file_size(file, error);
  if (error || size == 0) return;
  try {
    read_safetensors(file);
  } catch (const IoError&) {
    throw;
  } catch (const Error&) {
    throw Error(
        fmt::format("cannot write {}: it is there and is no safetensors file", file.string()));
  }
}

void check_log_place(const std::filesystem::path& log) {
  for (const char* suffix : {"", ".part"})
    if (const std::string path = log.string() + suffix; !is_log_or_new(path))
      throw Error(fmt::format("cannot write {}: it is there and is no log", path));
}

bool is_done(const NewRun& run, const std::filesystem::path& log,
             const std::filesystem::path& save) {
  const auto there = ended_run(log);
  return there && is_same(*there, run) && (save.empty() || holds_weights(save, *there));
}

void refuse_another(const NewRun& run, const std::filesystem::path& log) {
  if (const auto there = ended_run(log); there && !is_same(*there, run))
    throw Error(fmt::format("{} has another run to its end, {}; remove it, or give another --log",
                            log.string(), there->start.command));
  if (!is_there(checkpoint_folder(log))) return;
  const auto there = sound_log(log.string() + ".part", read_log_ends);
  if (there && !is_begun_so(there->start, run.start))
    throw Error(
        fmt::format("{}.part is of another {}, {}, which its checkpoints go on from; "
                    "remove it, or give another --log",
                    log.string(), there->start.command == run.start.command ? "model" : "run",
                    there->start.command));
}

}  // namespace fanin
